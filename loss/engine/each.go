package engine

import (
	"sync"
	"sync/atomic"
)

// each is Block.Each. The goroutines of the job have nothing else to do where
// there is but one batch.
func (w *worker) each(n int, do func(worker, i int)) {
	f := w.part.plan.f
	threads := min(max(w.job.Threads, 1), n)
	if f.Batch < f.Samples || threads < 2 {
		for i := range n {
			do(0, i)
		}
		return
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for k := range threads {
		wg.Go(func() {
			for w.job.ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				do(k, i)
			}
		})
	}
	wg.Wait()
}

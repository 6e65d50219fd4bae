package commands

import (
	"fmt"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// progress shows a bar on a terminal, and returns what ends it.
func (r *run) progress() (stop func()) {
	total := int64(r.in.samples) * int64(r.in.frame.Positions())
	if r.o.quiet || !terminal(r.s.err) || total < 1<<22 {
		return func() {}
	}
	if r.o.gradOut != "" {
		total *= 2
	}
	start := time.Now()
	bars := mpb.New(mpb.WithOutput(r.s.err), mpb.WithWidth(40))
	bar := bars.AddBar(total,
		mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.Name(r.o.loss.Name+" "), decor.Percentage()),
		mpb.AppendDecorators(decor.Any(func(s decor.Statistics) string {
			return fmt.Sprintf("%.1f M %ss/s ", float64(s.Current)/1e6/max(time.Since(start).Seconds(), 1e-3), r.in.frame.Unit)
		}), decor.AverageETA(decor.ET_STYLE_GO)),
	)
	r.job.Progress = bar.IncrBy
	return func() {
		bar.Abort(true)
		bars.Wait()
	}
}

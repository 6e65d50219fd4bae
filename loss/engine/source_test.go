package engine

import (
	"encoding/binary"
	"fmt"
	"math"
	"sync"
	"testing"

	"lossctl/internal/vec"
	"lossctl/loss"
)

// memory is a loss.Source in memory that watches how it is used.
type memory struct {
	t     testing.TB
	name  string
	shape []int
	dtype string
	raw   []byte
	fetch func(lo, hi int) error // called first; nil: nothing

	mu         sync.Mutex
	sequential bool
	next       int // where a sequential range must start
	inside     int // goroutines in Fetch
	spools     int
	fetched    int // elements
	buffers    map[*loss.Buffer]bool
}

func newMemory(t testing.TB, name, dtype string, shape []int, x []float64) *memory {
	m := &memory{t: t, name: name, dtype: dtype, shape: shape, buffers: map[*loss.Buffer]bool{}}
	for _, v := range x {
		switch dtype {
		case "float64":
			m.raw = binary.LittleEndian.AppendUint64(m.raw, math.Float64bits(v))
		case "float32":
			m.raw = binary.LittleEndian.AppendUint32(m.raw, math.Float32bits(float32(v)))
		case "uint8":
			m.raw = append(m.raw, byte(v))
		default:
			panic(dtype)
		}
	}
	return m
}

func (m *memory) Name() string     { return m.name }
func (m *memory) Shape() []int     { return m.shape }
func (m *memory) Dtype() string    { return m.dtype }
func (m *memory) Sequential() bool { return m.sequential }
func (m *memory) Close() error     { return nil }

func (m *memory) Spool() error {
	if m.sequential {
		m.spools++
		m.sequential = false
	}
	return nil
}

func (m *memory) Fetch(buf *loss.Buffer, lo, hi int) error {
	if m.fetch != nil {
		if err := m.fetch(lo, hi); err != nil {
			return err
		}
	}
	m.mu.Lock()
	m.inside++
	m.buffers[buf] = true
	m.fetched += hi - lo
	if lo < 0 || hi < lo || hi*loss.ItemBytes(m.dtype) > len(m.raw) {
		m.t.Errorf("%s: fetches [%d, %d) of %d", m.name, lo, hi, len(m.raw)/loss.ItemBytes(m.dtype))
	}
	if m.sequential && (lo != m.next || m.inside > 1) {
		m.t.Errorf("%s: fetches from %d in %d goroutines, want %d in 1", m.name, lo, m.inside, m.next)
	}
	m.next = hi
	m.mu.Unlock()
	w := loss.ItemBytes(m.dtype)
	buf.Bytes = append(buf.Bytes, m.raw[lo*w:hi*w]...)
	m.mu.Lock()
	m.inside--
	m.mu.Unlock()
	return nil
}

func (m *memory) Decode(dst []float64, buf *loss.Buffer, pos int) (lo, hi float64) {
	w := loss.ItemBytes(m.dtype)
	return vec.Converter(m.dtype, false)(dst, buf.Bytes[pos*w:(pos+len(dst))*w])
}

// parts yields parts in order and counts how often each is given back.
type parts struct {
	list []*Part
	next int
	mu   sync.Mutex
	done map[*Part]int
}

func (p *parts) Next() (*Part, error) {
	if p.next == len(p.list) {
		return nil, nil
	}
	p.next++
	return p.list[p.next-1], nil
}

func (p *parts) Done(part *Part) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.done == nil {
		p.done = map[*Part]int{}
	}
	p.done[part]++
}

func (p *parts) Rewind() { p.next = 0 }

type numbers []float64

func (n numbers) WriteAt(x []float64, at int) error {
	if at+len(x) > len(n) {
		return fmt.Errorf("writes %d numbers at %d of %d", len(x), at, len(n))
	}
	copy(n[at:at+len(x)], x)
	return nil
}

// probe is a loss whose terms show what the engine hands to it: the sum of the
// scores of a position times the target, which is one number.
func probe() *loss.Loss {
	l := &loss.Loss{
		Name:       "probe",
		Inputs:     []loss.Input{{Name: "pred", Grad: true}, {Name: "target", Grad: true}},
		Terms:      []loss.Term{{Name: "loss"}, {Name: "count", Plain: true}},
		Reductions: []loss.Reduction{loss.Mean, loss.SumOf, loss.BatchMean, loss.None},
	}
	planes := func(b *loss.Block) (k, position, class int) {
		if k = b.Frame.Views[0].Planes; b.Frame.Rows && k > 1 {
			return k, k, 1
		}
		return k, 1, b.N
	}
	l.Eval = func(out *loss.Out, b *loss.Block) {
		n, position, class := planes(b)
		for i := range b.N {
			v := 0.0
			for k := range n {
				v += float64(k+1) * b.In[0][i*position+k*class]
			}
			out.Terms[0][i] = v * b.In[1][i]
			out.Terms[1][i] = 1
			if b.Class == nil {
				out.Class[i] = int32(i % b.Frame.Classes)
			}
		}
	}
	l.Grad = func(grad, up [][]float64, b *loss.Block) {
		n, position, class := planes(b)
		for i := range b.N {
			v := 0.0
			for k := range n {
				v += float64(k+1) * b.In[0][i*position+k*class]
				if grad[0] != nil {
					grad[0][i*position+k*class] = up[0][i] * float64(k+1) * b.In[1][i]
				}
			}
			if grad[1] != nil {
				grad[1][i] = up[0][i] * v
			}
		}
	}
	return l
}

// count fills an array with the numbers of its elements.
func count(n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = float64(i)
	}
	return x
}

func repeat(n int, v float64) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = v
	}
	return x
}

// probeFrame has C scores and one target a position.
func probeFrame(samples, groups, inner, classes int, rows bool) *loss.Frame {
	return &loss.Frame{
		Samples: samples, Groups: groups, Inner: inner, Classes: classes, Rows: rows, Shape: []int{samples, groups, inner},
		Views: []loss.View{
			{Role: loss.Logit, Planes: classes, Spread: 1},
			{Role: loss.Logit, Planes: 1, Spread: 1},
			{},
			{},
		},
	}
}

// viewLen is how many numbers a view has.
func viewLen(f *loss.Frame, v loss.View) int {
	if v.PerSample {
		return f.Samples
	}
	return f.Samples * f.Groups / v.Spread * v.Planes * f.Inner
}

// probeJob is a job over one part with counting numbers in it.
func probeJob(t testing.TB, f *loss.Frame) (*Job, []*memory) {
	part := &Part{Frame: f, Sources: make([]loss.Source, len(f.Views))}
	list := make([]*memory, len(f.Views))
	for k, v := range f.Views {
		if v.Role == loss.Absent {
			continue
		}
		x := count(viewLen(f, v))
		for i := range x {
			switch v.Role {
			case loss.Mask:
				x[i] = float64(i*i%3 + i%2)
			case loss.Weight:
				x[i] = float64(i % 5)
			case loss.Index:
				x[i] = float64(i % v.Classes)
			default:
				x[i] = float64(i%101) - 50
			}
		}
		list[k] = newMemory(t, fmt.Sprint("input", k), "float64", []int{len(x)}, x)
		part.Sources[k] = list[k]
	}
	l := probe()
	return &Job{
		RowTerms: true,
		New:      probe, Params: l, Reduction: l.Reduction("sum"), Parts: &parts{list: []*Part{part}},
		NonFinite: "error", Threads: 2, BlockBytes: 1 << 20,
	}, list
}

// values decodes all of a source.
func (m *memory) values() []float64 {
	x := make([]float64, len(m.raw)/loss.ItemBytes(m.dtype))
	vec.Converter(m.dtype, false)(x, m.raw)
	return x
}

// set changes an element, of dtype float64.
func (m *memory) set(i int, v float64) {
	binary.LittleEndian.PutUint64(m.raw[i*8:], math.Float64bits(v))
}

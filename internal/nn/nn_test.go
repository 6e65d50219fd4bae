package nn

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestThreads wants the same bits from any number of goroutines, from several
// callers at once, and from memory that was used before.
func TestThreads(t *testing.T) {
	for _, name := range []string{"squeezenet", "alexnet"} {
		if slow && name == "alexnet" {
			continue
		}
		n := drawn(t, name)
		run := func(threads int) (bits [][]float32) {
			results, tape := n.Forward(picture(7, 66, 71), n.Taps(), true, threads)
			defer tape.Release()
			grads := make([]Tensor, len(results))
			for i, y := range results {
				bits = append(bits, slices.Clone(y.Data))
				grads[i] = Tensor{y.C, y.H, y.W, noise(uint64(i), len(y.Data), 1)}
			}
			return append(bits, slices.Clone(tape.Backward(grads).Data))
		}
		want := run(1)
		var group sync.WaitGroup
		for _, threads := range []int{1, 2, 3, 7} {
			group.Go(func() {
				if !slices.EqualFunc(run(threads), want, slices.Equal) {
					t.Errorf("%s: %d goroutines give other bits than one", name, threads)
				}
			})
		}
		group.Wait()
	}
}

// least is the size of the least picture that all layers can be computed for.
func (n *Network) least() int {
	for size := 1; ; size++ {
		if _, h, _ := n.shape(len(n.layers)-1, size, size); h > 0 {
			return size
		}
	}
}

// TestOutputs wants each output, alone or with others, kept or not, the same.
func TestOutputs(t *testing.T) {
	for _, name := range []string{"squeezenet", "alexnet", "vgg16"} {
		if slow && name != "squeezenet" {
			continue
		}
		n := drawn(t, name)
		x := picture(8, n.least(), n.least()+1)
		all, tape := n.Forward(x, n.Outputs(), true, 2)
		last := len(all) - 1
		for _, pick := range [][]int{{0}, {1}, {last}, {2, 2}, {last, 0, 1}} {
			var names []string
			for _, i := range pick {
				names = append(names, n.Outputs()[i])
			}
			some, other := n.Forward(x, names, false, 2)
			for k, i := range pick {
				if !slices.Equal(some[k].Data, all[i].Data) {
					t.Errorf("%s: %s of %v differs from that of all", name, names[k], names)
				}
				c, h, w, err := n.Shape(names[k], x.H, x.W)
				if err != nil || c != some[k].C || h != some[k].H || w != some[k].W || len(some[k].Data) != c*h*w {
					t.Errorf("%s %s: shape %d %d %d (%v), got %d %d %d", name, names[k], c, h, w, err, some[k].C, some[k].H, some[k].W)
				}
			}
			other.Release()
		}
		tape.Release()
	}
}

// TestBackwardIsLinear wants the gradient of a sum to be the sum of gradients, with
// outputs before and after a ReLU, twice the same, and those without a gradient.
func TestBackwardIsLinear(t *testing.T) {
	n := drawn(t, "vgg16")
	outputs := []string{"conv1_1", "relu1_1", "pool1", "conv2_2", "conv1_1", "relu3_1"}
	results, tape := n.Forward(picture(9, 17, 18), outputs, true, 1)
	defer tape.Release()
	grads, sum := make([]Tensor, len(results)), make([]float64, 3*17*18)
	for i, y := range results {
		one := make([]Tensor, len(results))
		one[i] = Tensor{y.C, y.H, y.W, noise(uint64(i), len(y.Data), 1)}
		grads[i] = one[i]
		for k, v := range tape.Backward(one).Data {
			sum[k] += float64(v)
		}
	}
	whole, scale := tape.Backward(grads), 0.0
	for _, v := range sum {
		scale = max(scale, math.Abs(v))
	}
	for k, v := range whole.Data {
		if math.Abs(float64(v)-sum[k]) > 2e-6*scale {
			t.Fatalf("number %d: %g, want %g", k, v, sum[k])
		}
	}
	if none := tape.Backward(make([]Tensor, len(results))); slices.ContainsFunc(none.Data, func(v float32) bool { return v != 0 }) {
		t.Error("the gradient of nothing is not 0")
	}
}

// TestPool compares windows with torch's count of them: with ceil_mode the last may
// reach beyond the edge, but begins before it.
func TestPool(t *testing.T) {
	for _, c := range []struct {
		size int
		ceil bool
		want []int // for 1, 2, …
	}{
		{2, false, []int{0, 1, 1, 2, 2, 3}},
		{3, false, []int{0, 0, 1, 1, 2, 2, 3}},
		{3, true, []int{0, 1, 1, 2, 2, 3, 3}},
		{5, true, []int{0, 0, 0, 1, 1, 2, 2}},
	} {
		l := &maxPool{size: c.size, stride: 2, ceil: c.ceil}
		for i, want := range c.want {
			if _, got, _ := l.shape(1, i+1, 9); got != want {
				t.Errorf("size %d, ceil %t: %d windows of %d, want %d", c.size, c.ceil, got, i+1, want)
			}
		}
	}
}

// TestNaN wants what is not a number to stay one through ReLU and pooling.
func TestNaN(t *testing.T) {
	n := drawn(t, "vgg16")
	x := picture(1, 16, 16)
	x.Data[5*16+5] = float32(math.NaN())
	results, _ := n.Forward(x, []string{"pool1"}, false, 1)
	for i := range 64 {
		if v := results[0].Data[i*64+2*8+2]; v == v {
			t.Fatalf("channel %d of pool1: %g, want NaN", i, v)
		}
	}
}

// TestMemory wants sizes of memory that hold what was asked for, and are their own.
func TestMemory(t *testing.T) {
	for n := range 5000 {
		index, size := class(n)
		again, same := class(size)
		if size < n || size > max(64, n+n/4) || index != again || size != same {
			t.Fatalf("%d numbers: class %d of %d, which is class %d of %d", n, index, size, again, same)
		}
	}
}

func TestLoadErrors(t *testing.T) {
	type tensor = func(name string) ([]float32, []int, bool)
	without := func(net string, names ...string) tensor {
		n, _ := New(net)
		get := tensors(n)
		return func(name string) ([]float32, []int, bool) {
			if slices.ContainsFunc(names, func(s string) bool { return strings.HasPrefix(name, s) }) {
				return nil, nil, false
			}
			return get(name)
		}
	}
	for _, c := range []struct {
		net  string
		get  tensor
		want string
	}{
		{"vgg16", without("alexnet"), "got features.0.weight of shape (64, 3, 11, 11), want (64, 3, 3, 3)"},
		{"vgg16", without("vgg16", "features"), "got no tensor features.0.weight, want the weights of vgg16"},
		{"vgg16", without("vgg16", "features.2.weight"), "got no tensor features.2.weight, but its bias, want both"},
		{"vgg16", without("vgg16", "features.2.bias"), "got no tensor features.2.bias, but its weight, want both"},
		{"vgg16", without("vgg16", "features.2."), "got no tensor features.2.weight, but features.5.weight, want both"},
		{"squeeze", without("squeeze", "features.4.squeeze"), "got no tensor features.4.squeeze.weight, but features.4.expand1x1.weight, want both"},
		{"alex", func(name string) ([]float32, []int, bool) {
			data, shape, ok := without("alex")(name)
			if name == "features.3.bias" {
				data[3] = float32(math.Inf(1))
			}
			return data, shape, ok
		}, "got features.3.bias with +Inf in it, want finite numbers"},
	} {
		n, err := New(c.net)
		if err != nil {
			t.Fatal(err)
		}
		if err := n.Load(c.get); err == nil || err.Error() != c.want {
			t.Errorf("%s: got %v, want %s", c.net, err, c.want)
		}
	}
	if _, err := New("vgg11"); err == nil || err.Error() != `got network "vgg11", want squeezenet|alexnet|vgg16|vgg19` {
		t.Errorf("got %v", err)
	}
}

// TestPartOfNetwork loads the first layers of a file that ends early, and those of
// files that name their layers otherwise.
func TestPartOfNetwork(t *testing.T) {
	n, _ := New("vgg")
	get := tensors(n)
	first := func(name string) ([]float32, []int, bool) {
		for _, part := range []string{"features.0.", "features.2.", "features.5.", "features.7."} {
			if strings.HasPrefix(name, part) {
				return get(name)
			}
		}
		return nil, nil, false
	}
	for _, prefix := range []string{"features.", "", "module.features."} {
		err := n.Load(func(name string) ([]float32, []int, bool) {
			rest, ok := strings.CutPrefix(name, prefix)
			if !ok {
				return nil, nil, false
			}
			return first("features." + rest)
		})
		if err != nil {
			t.Fatalf("%q: %v", prefix, err)
		}
		want := "[conv1_1 relu1_1 conv1_2 relu1_2 pool1 conv2_1 relu2_1 conv2_2 relu2_2 pool2]"
		if prefix == "features." && fmt.Sprint(n.Layers()) != want {
			t.Errorf("%q: layers %v, want %s", prefix, n.Layers(), want)
		}
	}
	if err := n.Load(first); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		output string
		h, w   int
		want   string
	}{
		{"relu2_2", 1, 9, "got a picture of 1×9, want at least 2×2 for layer relu2_2 of vgg16"},
		{"relu3_3", 9, 9, "got no tensor features.10.weight, want it for layer relu3_3 of vgg16"},
		{"relu6_1", 9, 9, `got layer "relu6_1", want one of vgg16: conv1_1, relu1_1, `},
	} {
		if _, _, _, err := n.Shape(c.output, c.h, c.w); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}

func BenchmarkForward(b *testing.B) {
	for _, c := range []struct{ net, output string }{{"squeezenet", "fire9"}, {"alexnet", "relu5"}, {"vgg16", "relu4_3"}, {"vgg16", "relu5_3"}} {
		n := drawn(b, c.net)
		x := picture(1, 224, 224)
		for _, threads := range []int{1, 2} {
			b.Run(fmt.Sprintf("%s/%s/%d", c.net, c.output, threads), func(b *testing.B) {
				for b.Loop() {
					_, tape := n.Forward(x, []string{c.output}, false, threads)
					tape.Release()
				}
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "images/s")
			})
		}
	}
}

// BenchmarkPair is what LPIPS computes of two pictures, each on a goroutine.
func BenchmarkPair(b *testing.B) {
	for _, c := range []struct{ net, last string }{{"squeezenet", "fire9"}, {"alexnet", "relu5"}, {"vgg16", "relu4_3"}, {"vgg16", "relu5_3"}} {
		n := drawn(b, c.net)
		taps := n.Taps()
		taps = taps[:slices.Index(taps, c.last)+1]
		pair := []Tensor{picture(1, 224, 224), picture(2, 224, 224)}
		b.Run(c.net+"/"+c.last, func(b *testing.B) {
			run := func(i int) {
				_, tape := n.Forward(pair[i], taps, false, 1)
				tape.Release()
			}
			run(0) // orders the weights
			best := time.Hour
			for b.Loop() {
				start := time.Now()
				parallel(2, 2, run)
				best = min(best, time.Since(start))
			}
			b.ReportMetric(2*float64(b.N)/b.Elapsed().Seconds(), "images/s")
			b.ReportMetric(2/best.Seconds(), "images/s-at-best")
		})
	}
}

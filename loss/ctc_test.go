package loss

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"lossctl/internal/vec"
)

// collapse merges repeats and drops the blanks of a path.
func collapse(path []int, blank int) []int {
	text := []int{}
	last := blank
	for _, y := range path {
		if y != last && y != blank {
			text = append(text, y)
		}
		last = y
	}
	return text
}

// paths calls do with every path of n frames over k classes.
func paths(n, k int, do func(path []int)) {
	path := make([]int, n)
	for {
		do(path)
		t := 0
		for ; t < n; t++ {
			if path[t]++; path[t] < k {
				break
			}
			path[t] = 0
		}
		if t == n {
			return
		}
	}
}

// random log-probabilities of n frames over k classes.
func randomFrames(r *rand.Rand, n, k int) [][]float64 {
	frames := make([][]float64, n)
	for t := range frames {
		row := make([]float64, k)
		sum := 0.0
		for c := range row {
			row[c] = 2 * r.NormFloat64()
			sum += math.Exp(row[c])
		}
		for c := range row {
			row[c] -= math.Log(sum)
		}
		frames[t] = row
	}
	return frames
}

// run takes all frames through a lattice.
func (l *lattice) run(labels []int, blank int, frames [][]float64) {
	l.begin(labels, blank, math.Inf(-1))
	for _, row := range frames {
		lp, b := l.pick(row)
		l.step(lp, b)
		l.keep()
	}
}

func (l *lattice) pick(row []float64) (lp []float64, blank float64) {
	for _, y := range l.labels {
		lp = append(lp, row[y])
	}
	return lp, row[l.blank]
}

// CTC is the sum over all alignments, and the posterior of a class at a frame
// the share of those that have it there.
func TestSumOverAlignments(t *testing.T) {
	const k = 3
	r := rand.New(rand.NewPCG(1, 2))
	var targets [][]int
	for n := range 4 {
		paths(n, k-1, func(path []int) { targets = append(targets, slices.Clone(path)) })
	}
	var l lattice
	for blank := range k {
		for n := range 7 {
			frames := randomFrames(r, n, k)
			total, share := map[string]float64{}, map[string][]float64{}
			paths(n, k, func(path []int) {
				p := 1.0
				for i, y := range path {
					p *= math.Exp(frames[i][y])
				}
				key := fmt.Sprint(collapse(path, blank))
				total[key] += p
				if share[key] == nil {
					share[key] = make([]float64, n*k)
				}
				for i, y := range path {
					share[key][i*k+y] += p
				}
			})
			for _, target := range targets {
				labels := make([]int, len(target))
				for u, y := range target {
					labels[u] = y
					if y >= blank {
						labels[u]++
					}
				}
				l.run(labels, blank, frames)
				key := fmt.Sprint(labels)
				want := math.Log(total[key])
				got := l.logProb()
				if math.Abs(got-want) > 1e-13*max(1, math.Abs(want)) || math.IsInf(want, -1) != math.IsInf(got, -1) {
					t.Fatalf("%d frames, target %v: %v, want %v", n, labels, got, want)
				}
				if short := n < needs(labels); short != math.IsInf(got, -1) {
					t.Fatalf("%d frames, target %v: log-probability %v, needs %d", n, labels, got, needs(labels))
				}
				if math.IsInf(got, -1) {
					continue
				}
				l.turn()
				post := make([]float64, len(labels))
				for i := n - 1; i >= 0; i-- {
					sums := make([]float64, k)
					sums[blank] = l.posteriors(post, got)
					for u, y := range labels {
						sums[y] += post[u]
					}
					for c, p := range sums {
						if want := share[key][i*k+c] / total[key]; math.Abs(p-want) > 1e-12 {
							t.Fatalf("%d frames, target %v: posterior of %d at %d is %v, want %v", n, labels, c, i, p, want)
						}
					}
					lp, b := l.pick(frames[i])
					l.back(lp, b)
				}
			}
		}
	}
}

// With equal probabilities and no repeats, the alignments of L labels to T
// frames are (T+L choose 2L).
func TestLongTargets(t *testing.T) {
	frames, labels := 10000, 1000
	if testing.Short() {
		frames, labels = 2000, 300
	}
	var l lattice
	target := make([]int, labels)
	for u := range target {
		target[u] = 1 + u%2
	}
	l.begin(target, 0, math.Inf(-1))
	lp := make([]float64, labels)
	vec.Fill(lp, -math.Log(1e4))
	for range frames {
		l.step(lp, lp[0])
		l.keep()
	}
	total := l.logProb()
	a, _ := math.Lgamma(float64(frames + labels + 1))
	b, _ := math.Lgamma(float64(2*labels + 1))
	c, _ := math.Lgamma(float64(frames - labels + 1))
	if want := a - b - c + float64(frames)*lp[0]; math.Abs(total-want) > 1e-9*math.Abs(want) {
		t.Errorf("log-probability %v, want %v", total, want)
	}
	l.turn()
	post := make([]float64, labels)
	for i := range frames {
		sum := l.posteriors(post, total)
		for _, p := range post {
			sum += p
		}
		if math.Abs(sum-1) > 1e-6 {
			t.Fatalf("posteriors of frame %d sum to %v", frames-1-i, sum)
		}
		l.back(lp, lp[0])
	}
}

// hear reads a path that is written with one letter a frame.
func hear(path string) string {
	const letters = "-abcdefghijklmnopqrstuvwxyz"
	g := &greedy{}
	g.begin(0)
	for _, c := range path {
		row := make([]float64, len(letters))
		row[slices.Index([]rune(letters), c)] = 1
		g.step(row)
	}
	text := ""
	for _, y := range g.text {
		text += letters[y : y+1]
	}
	return text
}

func TestGreedy(t *testing.T) {
	for path, want := range map[string]string{
		"hh-e-l-ll-oo": "hello", "hhheeelllooo": "helo", "": "", "----": "", "a-a": "aa", "aa": "a", "-ab": "ab", "ab--b": "abb",
	} {
		if got := hear(path); got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
}

// A beam that holds every prefix finds the text of highest probability, which
// may not be that of the best path.
func TestBeam(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	differ := 0
	for trial := range 60 {
		n, k := 1+trial%5, 2+trial%3
		blank := trial % k
		frames := randomFrames(r, n, k)
		total := map[string]float64{}
		paths(n, k, func(path []int) {
			p := 0.0
			for i, y := range path {
				p += frames[i][y]
			}
			total[fmt.Sprint(collapse(path, blank))] += math.Exp(p)
		})
		best := ""
		for text, p := range total {
			if best == "" || p > total[best] {
				best = text
			}
		}
		m, g := &beam{}, &greedy{}
		m.begin(1000, blank)
		g.begin(blank)
		for _, row := range frames {
			m.step(row)
			g.step(row)
		}
		if got := fmt.Sprint(append([]int{}, m.best()...)); got != best {
			t.Errorf("%d frames of %d classes: %v, want %s", n, k, got, best)
		}
		if p := math.Exp(m.list[0].both); math.Abs(p-total[best]) > 1e-12 {
			t.Errorf("probability %v, want %v", p, total[best])
		}
		if fmt.Sprint(append([]int{}, g.text...)) != best {
			differ++
		}
	}
	if differ == 0 {
		t.Error("the best path was the best text always")
	}
}

// Pruned classes cannot matter: a beam over many classes is the same as one
// that looks at all of them.
func TestBeamOfManyClasses(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 20 {
		frames := randomFrames(r, 12, 50)
		narrow, all := &beam{}, &beam{}
		narrow.begin(4, 0)
		all.begin(4, 0)
		for _, row := range frames {
			narrow.step(row)
			all.width = len(row)
			all.find(row)
			all.width = 4
			all.advance(row)
		}
		if a, b := narrow.best(), all.best(); !slices.Equal(a, b) {
			t.Fatalf("%v, want %v", a, b)
		}
	}
}

// The best alignment is that of highest probability among all.
func TestAligner(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	var a aligner
	for trial := range 60 {
		n, k := 1+trial%6, 3
		labels := [][]int{{1}, {1, 2}, {1, 1}, {2, 2, 1}}[trial%4]
		frames := randomFrames(r, n, k)
		best, sum := []int(nil), math.Inf(-1)
		paths(n, k, func(path []int) {
			p := 0.0
			for i, y := range path {
				p += frames[i][y]
			}
			if slices.Equal(collapse(path, 0), labels) && p > sum {
				best, sum = slices.Clone(path), p
			}
		})
		a.begin(labels, n)
		for i, row := range frames {
			lp := make([]float64, len(labels))
			for u, y := range labels {
				lp[u] = row[y]
			}
			a.step(lp, row[0], i)
		}
		spans := a.spans(nil)
		if best == nil {
			if spans != nil {
				t.Errorf("spans %v of a target that does not fit", spans)
			}
			continue
		}
		path := make([]int, n)
		for _, s := range spans {
			mean := 0.0
			for i := s.Start; i < s.End; i++ {
				path[i] = s.Label
				mean += frames[i][s.Label] / float64(s.End-s.Start)
			}
			if math.Abs(mean-s.Score) > 1e-12 {
				t.Errorf("score %v, want %v", s.Score, mean)
			}
		}
		if !slices.Equal(path, best) {
			t.Errorf("path %v, want %v", path, best)
		}
	}
}

package loss_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"lossctl/loss"
)

// A mineCase is embeddings with labels, for a miner that looks at everything.
type mineCase struct {
	x, y, ref, refY []float64
	width           int
	mining          string
	margin          float64
	squared         bool
}

// distance is that of the definition, of numbers that do not overflow.
func (c *mineCase) distance(a, b []float64) float64 {
	s := 0.0
	for k := range a {
		s += (a[k] - b[k]) * (a[k] - b[k])
	}
	if c.squared {
		return s
	}
	return math.Sqrt(s)
}

// triplets are those of the definition, by anchor, positive and negative.
func (c *mineCase) triplets() (list [][3]int64) {
	own := c.ref == nil
	to, toY := c.ref, c.refY
	if own {
		to, toY = c.x, c.y
	}
	row := func(x []float64, i int) []float64 { return x[i*c.width : (i+1)*c.width] }
	for i, label := range c.y {
		d := make([]float64, len(toY))
		var pos, neg []int
		for k, y := range toY {
			d[k] = c.distance(row(c.x, i), row(to, k))
			switch {
			case own && k == i:
			case y == label:
				pos = append(pos, k)
			default:
				neg = append(neg, k)
			}
		}
		best := func(of []int, behind, sign float64) int {
			at := -1
			for _, k := range of {
				if d[k] > behind && (at < 0 || sign*d[k] < sign*d[at]) {
					at = k
				}
			}
			return at
		}
		add := func(j, k int) {
			if j >= 0 && k >= 0 {
				list = append(list, [3]int64{int64(i), int64(j), int64(k)})
			}
		}
		switch c.mining {
		case "batch-hard":
			add(best(pos, -1, -1), best(neg, -1, 1))
			continue
		case "easy-positive":
			if j := best(pos, -1, 1); j >= 0 {
				add(j, best(neg, d[j], 1))
			}
			continue
		}
		for _, j := range pos {
			k := best(neg, d[j], 1)
			switch c.mining {
			case "semi-hard":
				if k >= 0 && d[k] <= d[j]+c.margin {
					add(j, k)
				}
			case "batch-semi-hard":
				if k < 0 {
					k = best(neg, -1, -1)
				}
				add(j, k)
			default:
				for _, k := range neg {
					if c.mining == "batch-all" || d[k] <= d[j] {
						add(j, k)
					}
				}
			}
		}
	}
	return list
}

// mined are the triplets that the loss hands out.
func (c *mineCase) mined(t *testing.T, s split) (list [][3]int64) {
	t.Helper()
	n := len(c.y)
	set := fmt.Sprintf("mining=%s margin=%v", c.mining, c.margin)
	if c.squared {
		set += " distance=sql2"
	}
	v := variant{set: set, shapes: [][]int{{n, c.width}, {n}}}
	if c.ref != nil {
		v.shapes = append(v.shapes, []int{len(c.refY), c.width}, []int{len(c.refY)})
	}
	tr := newTrial(t, loss.Mine, v)
	for k, x := range [][]float64{c.x, c.y, c.ref, c.refY} {
		for i, v := range x {
			tr.data[k].set(i, v)
		}
	}
	j := tr.job(s)
	j.Pairs = func(rows []int64) error {
		for len(rows) > 0 {
			list = append(list, [3]int64(rows))
			rows = rows[3:]
		}
		return nil
	}
	if _, err := j.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	return list
}

func (c *mineCase) check(t *testing.T, what string) {
	t.Helper()
	got, want := c.mined(t, split{3, 1 << 20}), c.triplets()
	slices.SortFunc(got, func(a, b [3]int64) int { return slices.Compare(a[:], b[:]) })
	slices.SortFunc(want, func(a, b [3]int64) int { return slices.Compare(a[:], b[:]) })
	if len(got) != len(want) {
		t.Errorf("%s: got %d triplets, want %d", what, len(got), len(want))
		return
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%s: triplet %d: got %v, want %v", what, i, got[i], want[i])
			return
		}
	}
}

var minings = []string{"batch-hard", "easy-positive", "semi-hard", "batch-semi-hard", "hard", "batch-all"}

// blobs are n embeddings around the centres of some labels.
func blobs(rng *rand.Rand, n, width, labels int, spread, shift float64) (x, y []float64) {
	centres := make([]float64, labels*width)
	for i := range centres {
		centres[i] = rng.NormFloat64() + shift
	}
	for range n {
		label := rng.IntN(labels)
		y = append(y, float64(label))
		for k := range width {
			x = append(x, centres[label*width+k]+spread*rng.NormFloat64())
		}
	}
	return x, y
}

// The triplets are those that a look at all distances finds.
func TestMinedTriplets(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 9))
	for _, mining := range minings {
		c := mineCase{width: 9, mining: mining, margin: 0.7}
		c.x, c.y = blobs(rng, 60, 9, 6, 0.8, 0)
		c.check(t, mining)
		c.ref, c.refY = blobs(rng, 41, 9, 7, 0.8, 0)
		c.check(t, mining+" against a reference")
	}
}

// On a lattice most distances are equal: the lowest indices are taken.
func TestMinedTies(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 10))
	for _, mining := range minings {
		for _, squared := range []bool{false, true} {
			c := mineCase{width: 3, mining: mining, margin: 1, squared: squared}
			for range 70 {
				c.y = append(c.y, float64(rng.IntN(4)))
				for range 3 {
					c.x = append(c.x, float64(rng.IntN(3)))
				}
			}
			c.check(t, fmt.Sprint(mining, squared))
		}
	}
}

// The short list holds the true triplet, whatever float32 makes of the
// embeddings: spread over many tiles, far from the origin, of one point and a
// few outliers, of numbers whose squares float64 does not hold.
func TestShortlist(t *testing.T) {
	n := 2600
	if testing.Short() {
		n = 1300
	}
	for _, mining := range minings[:2] {
		rng := rand.New(rand.NewPCG(8, 11))
		c := mineCase{width: 17, mining: mining}
		c.x, c.y = blobs(rng, n, 17, 40, 1, 0)
		c.check(t, mining+" of blobs")
		c.ref, c.refY = blobs(rng, n/2, 17, 40, 1, 0)
		c.check(t, mining+" against a reference")

		c = mineCase{width: 17, mining: mining}
		c.x, c.y = blobs(rng, n/2, 17, 4, 1e-6, 1e6)
		c.check(t, mining+" far from the origin")

		c.x, c.y = blobs(rng, n/2, 17, 4, 1e-9, 0)
		for i := range 17 {
			c.x[i*17] = 1e8
		}
		c.check(t, mining+" beside outliers")

		c.x, c.y = blobs(rng, n/4, 17, 4, 1, 0)
		want := c.mined(t, whole)
		for _, shift := range []int{-1000, -520, 520, 1018} {
			scaled := c
			scaled.x = slices.Clone(c.x)
			for i, x := range c.x {
				scaled.x[i] = math.Ldexp(x, shift)
			}
			if got := scaled.mined(t, whole); !slices.Equal(got, want) {
				t.Errorf("%s times 2^%d: other triplets", mining, shift)
			}
		}
	}
}

// Triplets come by anchor, whatever the goroutines and the blocks.
func TestMinedOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 12))
	for _, mining := range minings {
		c := mineCase{width: 5, mining: mining, margin: 1}
		c.x, c.y = blobs(rng, 150, 5, 5, 1, 0)
		want := c.mined(t, whole)
		if !slices.IsSortedFunc(want, func(a, b [3]int64) int { return int(a[0] - b[0]) }) {
			t.Errorf("%s: anchors are not in order", mining)
		}
		if got := c.mined(t, split{5, 100}); !slices.Equal(got, want) {
			t.Errorf("%s: other goroutines, another order", mining)
		}
	}
}

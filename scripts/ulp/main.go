// Command ulp compares exp and log of internal/vec with references of some
// 67 bits at all 2^32 float32 numbers, and prints the largest errors as markdown
// tables. It takes a few minutes.
//
//	go run ./scripts/ulp
package main

import (
	"fmt"
	"math"
	"runtime"
	"sync"

	"lossctl/internal/vec"
)

// A function is one to measure.
type function struct {
	name string
	f    func(dst, x []float64)
	ref  func(x float64) sum
	ends []int // a range of |x| ends at 2 to the power of each
}

var functions = []function{
	{"exp(x)", vec.Exp, exp, []int{-126, -54, -24, -12, -6, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 128}},
	{"log(x)", vec.Log, log, []int{-126, -64, -32, -16, -8, -4, -2, -1, 0, 1, 2, 4, 8, 16, 32, 64, 128}},
}

// A worst is the largest error of some numbers, and where it is.
type worst struct {
	ulp, at float64
	count   int
}

func (w *worst) merge(v worst) {
	if v.ulp > w.ulp {
		w.ulp, w.at = v.ulp, v.at
	}
	w.count += v.count
}

// binades are the errors for each sign and exponent of a float32.
type binades [1 << 9]worst

func main() {
	for _, f := range functions {
		f.print(measure(f))
	}
}

// measure takes all numbers, a piece of a binade at a time.
func measure(f function) *binades {
	const piece = 1 << 12
	workers := runtime.GOMAXPROCS(0)
	total := &binades{}
	var mutex sync.Mutex
	var group sync.WaitGroup
	for w := range workers {
		group.Go(func() {
			x, got := make([]float64, piece), make([]float64, piece)
			errors := &binades{}
			for from := w * piece; from < 1<<32; from += workers * piece {
				for i := range x {
					x[i] = float64(math.Float32frombits(uint32(from + i)))
				}
				f.f(got, x)
				here := worst{count: piece}
				for i, v := range x {
					if u := ulps(got[i], f.ref(v)); u > here.ulp {
						here.ulp, here.at = u, v
					}
				}
				errors[from>>23].merge(here)
			}
			mutex.Lock()
			defer mutex.Unlock()
			for i, v := range errors {
				total[i].merge(v)
			}
		})
	}
	group.Wait()
	return total
}

// ulps returns the distance of got from want in units in the last place of want:
// 0 if both are NaN or the same, +Inf if one is not finite.
func ulps(got float64, want sum) float64 {
	switch w := want.hi; {
	case got == w && want.lo == 0 || got != got && w != w:
		return 0
	case got-got != 0 || w-w != 0 || w == 0:
		return math.Inf(1)
	}
	got *= want.scale
	_, e := math.Frexp(want.hi)
	ulp := math.Ldexp(1, e-53)
	return math.Abs(got-want.hi-want.lo) / max(ulp, want.scale*math.SmallestNonzeroFloat64)
}

// print writes the table of a function.
func (f function) print(errors *binades) {
	fmt.Printf("| x, of %s | numbers | largest error, ulp | there x is |\n|---|---:|---:|---:|\n", f.name)
	all := worst{}
	row := func(name string, w worst) {
		at := ""
		if w.ulp > 0 {
			at = fmt.Sprintf("%.9g", w.at)
		}
		fmt.Printf("| %s | %d | %.4f | %s |\n", name, w.count, w.ulp, at)
	}
	for sign, minus := range []string{"", "−"} {
		of := func(exponent int) worst { return errors[sign<<8+exponent+127] }
		row(minus+"[0, 2^-126)", of(-127))
		all.merge(of(-127))
		for i, end := range f.ends[1:] {
			w := worst{}
			for e := f.ends[i]; e < end; e++ {
				w.merge(of(e))
			}
			row(fmt.Sprintf("%s[2^%d, 2^%d)", minus, f.ends[i], end), w)
			all.merge(w)
		}
		row(minus+"infinity, NaN", of(128))
		all.merge(of(128))
	}
	row("all", all)
	fmt.Println()
}

package engine

import (
	"fmt"
	"math"

	"lossctl/internal/vec"
	"lossctl/loss"
)

// diagnose looks at the first tile of the first part, which is the same
// whatever the blocks, for numbers that are not what they are said to be.
func (j *Job) diagnose(w *worker) []string {
	if !j.Diagnose {
		return nil
	}
	var list []string
	for k, v := range w.views {
		n := w.block.N
		switch v.Role {
		case loss.Logit:
			flag := "pred-as"
			if in := j.Params.Inputs; k < len(in) && in[k].Name == "target" && j.Params.ReadsFlag("target-as") {
				if j.Reading.TargetAs != "" {
					continue
				}
				flag = "target-as"
			}
			if sum, ok := rowSums(v, w.in[k], n); ok && n > 1 && w.none() {
				if v.Planes > 1 && sum < 1e-3 {
					list = append(list, fmt.Sprintf("%s: every row lies in [0, 1] and sums to 1: if these are probabilities, say --%s probs", v.src.Name(), flag))
				} else if v.Planes == 1 && !j.Params.ReadsFlag("pred-as") {
					list = append(list, fmt.Sprintf("%s: every value lies in [0, 1]: %s wants logits", v.src.Name(), j.Params.Name))
				} else if v.Planes == 1 {
					list = append(list, fmt.Sprintf("%s: every value lies in [0, 1]: if these are probabilities, say --%s probs", v.src.Name(), flag))
				}
			}
		case loss.Prob:
			if sum, ok := rowSums(v, w.in[k], n); ok && v.Planes > 1 && sum > 1e-3 && w.none() {
				list = append(list, fmt.Sprintf("%s: rows do not sum to 1 (off by up to %.3g)", v.src.Name(), sum))
			}
		case loss.Soft:
			if hint := v.f.OneHot; hint != "" && w.none() && oneHot(v, w.in[k], n) {
				list = append(list, v.src.Name()+": "+hint)
			}
		}
	}
	return list
}

// none reports whether no position of the tile is left out.
func (w *worker) none() bool {
	return w.idles == 0
}

// rowSums returns how far the sum of a position's numbers is from 1 at most,
// and whether all are in [0, 1] and not all whole.
func rowSums(v *view, x []float64, n int) (off float64, ok bool) {
	if vec.Min(x) < 0 || vec.Max(x) > 1 {
		return 0, false
	}
	whole := true
	for _, y := range x {
		whole = whole && y == math.Trunc(y)
	}
	if whole {
		return 0, false
	}
	for i := range n {
		sum := 0.0
		for k := range v.Planes {
			if v.rows {
				sum += x[i*v.Planes+k]
			} else {
				sum += x[k*n+i]
			}
		}
		off = max(off, math.Abs(sum-1))
	}
	return off, true
}

// oneHot reports whether the labels are 0 but for one 1, in more than one set:
// of the planes of a position, or of whole sets of Fold groups.
func oneHot(v *view, x []float64, n int) bool {
	if v.Planes > 1 {
		position, plane := 1, n
		if v.rows {
			position, plane = v.Planes, 1
		}
		for i := range n {
			if !single(x[i*position:], v.Planes, plane) {
				return false
			}
		}
		return n > 1
	}
	set := v.f.Fold * v.f.Inner
	if v.f.Fold < 2 || v.Spread > 1 || len(x) < 2*set {
		return false
	}
	for s := 0; s+set <= len(x); s += set {
		for i := range v.f.Inner {
			if !single(x[s+i:], v.f.Fold, v.f.Inner) {
				return false
			}
		}
	}
	return true
}

// single reports whether of n labels, so far apart, one is 1 and the others 0.
func single(x []float64, n, apart int) bool {
	ones := 0
	for c := range n {
		switch x[c*apart] {
		case 0:
		case 1:
			ones++
		default:
			return false
		}
	}
	return ones == 1
}

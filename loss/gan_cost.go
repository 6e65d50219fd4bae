package loss

import (
	"math"

	"lossctl/internal/vec"
)

// A form is how a score costs.
type form int

const (
	crossEntropy form = iota // t·sp(−x) + (1−t)·sp(x)
	floored                  // −log(σ(x) + ε)
	square                   // (x−t)²
	absolute                 // |x−t|
	hinge                    // max(1−t·x, 0), t = ±1
	linear                   // −t·x, t = ±1
)

// A cost is what scores cost that should be at the target.
type cost struct {
	form     form
	target   float64
	negative bool
	eps      float64
}

// judged are scores as the loss judges them: x, raw before they are squashed,
// and for cross-entropy p = σ(x), q = 1−p and l = log(1+e^−|x|), nil where
// nobody looks at them: hard costs do not. tail is sp(−|x|), l but for rounding,
// where two hard costs share it.
type judged struct{ x, raw, p, q, l, tail []float64 }

// eval computes the cost of every score.
func (c *cost) eval(dst []float64, z *judged) {
	t := c.target
	switch c.form {
	case crossEntropy:
		c.crossEntropy(dst, z)
	case floored:
		vec.Affine(dst, 1, c.eps, z.p)
		vec.Log(dst, dst)
		vec.Scale(dst, -1, dst)
	case square:
		vec.Affine(dst, 1, -t, z.x)
		vec.Mul(dst, dst, dst)
	case absolute:
		for i, x := range z.x {
			dst[i] = math.Abs(x - t)
		}
	case hinge:
		vec.Rectify(dst, -t, 1, z.x)
	case linear:
		vec.Scale(dst, -t, z.x)
	}
	if c.negative {
		vec.Scale(dst, -1, dst)
	}
}

// crossEntropy is t·sp(−x) + (1−t)·sp(x); x may be −inf.
func (c *cost) crossEntropy(dst []float64, z *judged) {
	switch t := c.target; {
	case z.tail != nil: // the label is hard
		vec.Rectify(dst, 1-2*t, 0, z.x)
		vec.Add(dst, dst, z.tail)
	case t == 0:
		vec.Softplus(dst, z.x)
	case t == 1:
		vec.Scale(dst, -1, z.x)
		vec.Softplus(dst, dst)
	default:
		for i, x := range z.x {
			dst[i] = t*max(-x, 0) + (1-t)*max(x, 0)
		}
		vec.Add(dst, dst, z.l)
	}
}

// hard reports whether the cost is sp(x) or sp(−x), which need no more.
func (c *cost) hard() bool { return c.form == crossEntropy && (c.target == 0 || c.target == 1) }

// slope computes the derivative of the cost by every score.
func (c *cost) slope(dst []float64, z *judged) {
	t := c.target
	switch c.form {
	case crossEntropy:
		for i, p := range z.p {
			dst[i] = float64((1-t)*p) - float64(t*z.q[i])
		}
	case floored:
		for i, p := range z.p {
			dst[i] = -p * z.q[i] / (p + c.eps)
		}
	case square:
		vec.Affine(dst, 2, -2*t, z.x)
	case absolute:
		for i, x := range z.x {
			dst[i] = sign(x - t)
		}
	case hinge:
		if t > 0 {
			vec.Below(dst, t, z.x)
		} else {
			vec.Above(dst, t, z.x)
		}
		vec.Scale(dst, -t, dst)
	case linear:
		vec.Fill(dst, -t)
	}
	if c.negative {
		vec.Scale(dst, -1, dst)
	}
}

func sign(x float64) float64 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return 0
}

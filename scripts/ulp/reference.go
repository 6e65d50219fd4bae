package main

import (
	"math"
	"math/big"
)

// A sum is the number (hi + lo)/scale, scale a power of 2.
type sum struct{ hi, lo, scale float64 }

func exact(x float64) sum { return sum{x, 0, 1} }

// exp is 2^k·2^(j/128)·eʳ with |r| ≤ ln 2 / 256.
func exp(x float64) sum {
	switch {
	case x != x || x > 709.782712893384:
		return exact(math.Abs(x) * math.Inf(1)) // NaN stays
	case x < -746:
		return exact(0)
	}
	n := math.RoundToEven(x * (128 / math.Ln2))
	// n has at most 18 bits, so that its products with hi and mid are exact.
	r, rl := twoSum(math.FMA(-n, step.hi, x), -n*step.mid)
	rl -= n * step.lo
	// eʳ − 1 = r + (rl + r²/2 + …)
	p := rl + r*r*(0.5+r*(1./6+r*(1./24+r*(1./120+r*(1./720)))))
	i := int(n)
	t := powers[i&127]
	a := t.hi * r
	lo := math.FMA(t.hi, r, -a) + (t.hi*p + t.lo*(1+r))
	// t.hi + a + lo
	hi := t.hi + a
	lo += a - (hi - t.hi)
	s := hi + lo
	lo -= s - hi
	k := i >> 7
	scale := 1.0
	switch {
	case k < -600:
		scale = 0x1p600
	case k > 600:
		scale = 0x1p-600
	}
	f := math.Ldexp(scale, k)
	return sum{s * f, lo * f, scale}
}

// log is k·ln 2 − log c + log(1+r), r = c·m − 1 exact, for x = 2^k·m.
func log(x float64) sum {
	switch {
	case x < 0:
		return exact(math.NaN())
	case x == 0:
		return exact(math.Inf(-1))
	case x-x != 0:
		return exact(x)
	}
	m, e := math.Frexp(x)
	if m < math.Sqrt2/2 {
		m, e = 2*m, e-1
	}
	t := inverses[int(m*256+0.5)]
	r := m*t.c - 1
	k := float64(e)
	// k·ln2 is exact for its upper parts.
	a, b := twoSum(k*ln2.hi, t.hi)
	c, d := twoSum(a, r)
	q := r * r
	qErr := math.FMA(r, r, -q)
	rest := r * q * (1./3 - r*(1./4-r*(1./5-r*(1./6-r*(1./7-r*(1./8-r*(1./9)))))))
	g, h := twoSum(c, -q/2)
	lo := (h + (d + b)) + (rest + (k*ln2.mid + (t.lo - qErr/2 + k*ln2.lo)))
	s := g + lo
	return sum{s, lo - (s - g), 1}
}

func twoSum(x, y float64) (s, err float64) {
	s = x + y
	z := s - x
	return s, (x - (s - z)) + (y - z)
}

// A constant is hi + mid + lo; hi has few bits, so that its products are exact.
type constant struct{ hi, mid, lo float64 }

type entry struct{ c, hi, lo float64 }

var (
	ln2  = split(bigLog2, 32)
	step = split(new(big.Float).Quo(bigLog2, big.NewFloat(128)), 32)
	// powers are 2^(j/128).
	powers = func() (p [128]entry) {
		root := new(big.Float).SetPrec(300).SetInt64(2)
		for range 7 {
			root.Sqrt(root)
		}
		x := new(big.Float).SetPrec(300).SetInt64(1)
		for j := range p {
			c := split(x, 53)
			p[j] = entry{hi: c.hi, lo: c.mid}
			x.Mul(x, root)
		}
		return p
	}()
	// inverses has c near 256/i, of few bits, and −log c.
	inverses = func() (t [370]entry) {
		for i := 180; i < len(t); i++ {
			c := math.Round(256/float64(i)*512) / 512
			l := split(new(big.Float).Neg(logOf(c)), 53)
			t[i] = entry{c, l.hi, l.mid}
		}
		return t
	}()
	bigLog2 = artanh2(new(big.Float).SetPrec(300).Quo(big.NewFloat(1), new(big.Float).SetPrec(300).SetInt64(3)))
)

// split cuts x into float64s, the first of so many bits.
func split(x *big.Float, bits uint) (c constant) {
	c.hi, _ = new(big.Float).SetPrec(bits).Set(x).Float64()
	rest := new(big.Float).SetPrec(300).Sub(x, big.NewFloat(c.hi))
	c.mid, _ = new(big.Float).SetPrec(min(bits, 53)).Set(rest).Float64()
	c.lo, _ = rest.Sub(rest, big.NewFloat(c.mid)).Float64()
	return c
}

// logOf returns log c = 2·artanh((c−1)/(c+1)).
func logOf(c float64) *big.Float {
	x := new(big.Float).SetPrec(300).SetFloat64(c)
	one := big.NewFloat(1)
	return artanh2(new(big.Float).Quo(new(big.Float).Sub(x, one), new(big.Float).Add(x, one)))
}

// artanh2 returns 2·artanh(z) for |z| ≤ 1/3.
func artanh2(z *big.Float) *big.Float {
	square := new(big.Float).Mul(z, z)
	term := new(big.Float).SetPrec(300).Set(z)
	total := new(big.Float).SetPrec(300)
	for i := 1; i < 200; i += 2 {
		total.Add(total, new(big.Float).Quo(term, big.NewFloat(float64(i))))
		term.Mul(term, square)
	}
	return total.Mul(total, big.NewFloat(2))
}

package loss

import (
	"math"

	"lossctl/internal/vec"
)

// inverse is 1/x, which does not overflow where x is not 0.
func inverse(x float64) float64 {
	if v := 1 / x; x == 0 || !math.IsInf(v, 0) {
		return v
	}
	return math.MaxFloat64
}

// slopes computes the derivatives of p, log p and log q by the score.
func (f *focal) slopes(i int, z binary, b *Block) (dp, dLogP, dLogQ float64) {
	p, q := z.p[i], z.q[i]
	switch f.role(b) {
	case Logit:
		dp, dLogP, dLogQ = p*q, q, -p
		if b.Role(0) == Prob { // by x = log of the score
			x := inverse(b.In[0][i])
			dp, dLogP, dLogQ = product(dp, x), product(dLogP, x), product(dLogQ, x)
		}
	case Prob:
		dp, dLogP, dLogQ = 1, inverse(p), -inverse(q)
	case LogProb:
		dp, dLogP, dLogQ = p, 1, -product(p, inverse(q))
	}
	if f.probClip > 0 && (p <= f.probClip || p >= 1-f.probClip) {
		dLogP, dLogQ = 0, 0
	}
	if f.eps > 0 {
		dLogP, dLogQ = dp/(p+f.eps), -dp/(q+f.eps)
	}
	if p < f.logFloor {
		dLogP = 0
	}
	if q < f.logFloor {
		dLogQ = 0
	}
	return dp, dLogP, dLogQ
}

// sigmoidGrad computes Σ up·∂term/∂x.
func (f *focal) sigmoidGrad(grad []float64, up [][]float64, b *Block) {
	t, _ := f.labels(b)
	if f.plain(b) {
		f.plainGrad(grad, up, t, b)
		return
	}
	z := f.binary(b)
	if f.sides() {
		f.twoSidedGrad(grad, up, z, t, b)
		return
	}
	s, ce, m := f.scratch(5, b.N), f.scratch(6, b.N), f.scratch(7, b.N)
	f.misses(s, ce, z, t, b)
	f.modulator(m, s, f.gamma)
	for i, ti := range t {
		dp, dLogP, dLogQ := f.slopes(i, z, b)
		dCE := -product(f.positiveWeight(b, i)*ti, dLogP) - product(1-ti, dLogQ)
		ds := dp * (1 - 2*ti)
		switch {
		case f.softTarget == "entropy":
			ds = -product(1-s[i], product(ti, dLogP)+product(1-ti, dLogQ))
		case f.softTarget == "logit" && ti != 0 && ti != 1:
			ds = product(s[i]*(1-s[i])*(2*ti-1), dLogQ-dLogP)
		}
		dm := product(f.steep(m[i], s[i], f.gamma), ds)
		pos, neg := f.alphas(b, i)
		scale := f.weight(b, i) * (pos*ti + neg*(1-ti))
		grad[i] = product(up[focalLoss][i]*scale, product(dm, ce[i]+f.poly*s[i])+product(m[i], dCE+f.poly*ds))
		if u := up[focalModulator]; u != nil {
			grad[i] += product(u[i], dm)
		}
	}
}

// plainGrad is sigmoidGrad of plainLoss.
func (f *focal) plainGrad(grad []float64, up [][]float64, t []float64, b *Block) {
	n := b.N
	p, q, l := f.scratch(0, n), f.scratch(1, n), f.scratch(2, n)
	s, ce, m := f.scratch(5, n), f.scratch(6, n), f.scratch(7, n)
	vec.Logistic(p, q, l, b.In[0])
	vec.BinaryCrossEntropy(ce, s, b.In[0], t)
	f.modulator(m, s, f.gamma)
	for i, ti := range t {
		ds := p[i] * q[i] * (1 - 2*ti)
		dm := product(f.steep(m[i], s[i], f.gamma), ds)
		pos, neg := f.alphas(b, i)
		scale := f.weight(b, i) * (pos*ti + neg*(1-ti))
		grad[i] = up[focalLoss][i] * scale * (dm*(ce[i]+f.poly*s[i]) + m[i]*(p[i]*(1-ti)-q[i]*ti+f.poly*ds))
		if u := up[focalModulator]; u != nil {
			grad[i] += u[i] * dm
		}
	}
}

func (f *focal) twoSidedGrad(grad []float64, up [][]float64, z binary, t []float64, b *Block) {
	gammaPos, gammaNeg := f.gammas()
	mPos, mNeg, shifted, logN := f.twoModulators(z)
	for i, ti := range t {
		dp, dLogP, dLogN := f.slopes(i, z, b)
		dShifted := dp
		if f.clip > 0 {
			dLogN = -dp / (1 - shifted[i] + f.eps)
			if shifted[i] == 0 {
				dShifted, dLogN = 0, 0
			}
		}
		dPos := f.steep(mPos[i], z.q[i], gammaPos) * -dp
		dNeg := f.steep(mNeg[i], shifted[i], gammaNeg) * dShifted
		pw := f.positiveWeight(b, i)
		p := product(dPos*ti, f.poly*z.q[i]-pw*z.logP[i]) - product(mPos[i]*ti, f.poly*dp+pw*dLogP)
		q := product(dNeg*(1-ti), f.poly*shifted[i]-logN[i]) + product(mNeg[i]*(1-ti), f.poly*dShifted-dLogN)
		pos, neg := f.alphas(b, i)
		u := up[focalLoss][i] * f.weight(b, i)
		grad[i] = product(u*pos, p) + product(u*neg, q)
		if u := up[focalModulator]; u != nil {
			grad[i] += product(u[i], ti*dPos+(1-ti)*dNeg)
		}
	}
}

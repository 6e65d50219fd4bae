package loss

import (
	"fmt"
	"math"

	"lossctl/internal/vec"
)

// top sets dst to the divergence of the classes that target-indices names,
// with a bucket for the others unless --tail renormalize leaves them out.
func (k *distill) top(dst []float64, out *Out, b *Block) {
	if !k.checkIndices(out, b) {
		return
	}
	p, q := k.named(out, b)
	k.rest.Found = k.rest.Found[:0]
	k.soft.between(dst, &k.rest, p, q)
	for _, f := range k.rest.Found {
		f.Plane = min(f.Plane, b.Frame.Views[1].Planes-1) // the bucket has none
		if f.Input == 0 {
			f.Plane = int(b.In[3][b.place(f.Position, f.Plane, b.Frame.Views[3].Planes)])
		}
		out.Found = append(out.Found, f)
	}
}

// checkIndices refuses indices that are no classes, or that come twice.
func (k *distill) checkIndices(out *Out, b *Block) bool {
	k.seen = resize(k.seen, k.width)
	clear(k.seen)
	planes, found := b.Frame.Views[3].Planes, len(out.Found)
	for i := range b.N {
		if b.Left != nil && b.Left[i] {
			continue
		}
		for j := range planes {
			v := b.In[3][b.place(i, j, planes)]
			id := int(v)
			switch {
			case float64(id) != v || id < 0 || id >= k.width:
				out.Fail(3, i, j, fmt.Sprintf("%g", v), fmt.Sprintf("a class id in [0, %d)", k.width))
			case k.seen[id] == int32(i)+1:
				out.Fail(3, i, j, fmt.Sprintf("%d twice", id), "every class once")
			default:
				k.seen[id] = int32(i) + 1
			}
		}
	}
	return len(out.Found) == found
}

// named makes the distributions over the named classes, and the bucket.
func (k *distill) named(out *Out, b *Block) (p, q *distribution) {
	ids, planes := b.In[3], b.Frame.Views[3].Planes
	wide := planes
	if k.tail == "bucket" {
		wide++
	}
	n := b.N
	s, t := k.scores(b, 0, 5), k.scores(b, 1, 6)
	student, teacher := k.memory.take(7, n*wide), k.memory.take(8, n*wide)
	for i := range n {
		for j := range planes {
			at := b.place(i, j, planes)
			to := b.place(i, j, wide)
			teacher[to] = t[at]
			student[to] = s[b.place(i, int(ids[at]), k.width)]
		}
	}
	if wide > planes {
		k.teacherTail(teacher, out, b, wide)
		k.studentTail(student, s, b, wide)
	}
	k.soft.q = b.distribution(0, Logit, student)
	k.soft.p = b.distribution(1, Logit, teacher)
	return &k.soft.p, &k.soft.q
}

// teacherTail writes the bucket: log(1 − Σ p), −Inf where the sum is 1 or
// above it by a rounding.
func (k *distill) teacherTail(teacher []float64, out *Out, b *Block, wide int) {
	for i := range b.N {
		left := 1.0
		for j := range wide - 1 {
			left -= math.Exp(teacher[b.place(i, j, wide)])
		}
		if left < -k.soft.tolerance && out != nil {
			out.Fail(1, i, 0, fmt.Sprintf("probabilities that sum to %.6g", 1-left), fmt.Sprintf("at most 1 within %g", k.soft.tolerance))
		}
		teacher[b.place(i, wide-1, wide)] = math.Log(max(left, 0))
	}
}

// studentTail makes log-probabilities of the scores, and writes the bucket:
// the sum of the others.
func (k *distill) studentTail(student, s []float64, b *Block, wide int) {
	q := b.distribution(0, Logit, s)
	all, probs, left := k.memory.take(9, len(s)), k.memory.take(10, len(s)), k.memory.take(11, b.N)
	q.normalise(all, s)
	vec.Exp(probs, all)
	for i := range b.N {
		for j := range wide - 1 {
			id := int(b.In[3][b.place(i, j, wide-1)])
			at := b.place(i, id, k.width)
			student[b.place(i, j, wide)] = all[at]
			probs[at] = 0
		}
	}
	q.sum(left, probs)
	vec.Log(left, left)
	for i, v := range left {
		student[b.place(i, wide-1, wide)] = v
	}
}

// topGrad adds u·∂kd/∂s: the derivative by the log-probability of a named
// class to its score, and that by the bucket's to the others in the ratio of
// their probabilities; what they have in common cancels in the softmax.
func (k *distill) topGrad(grad, u []float64, b *Block) {
	p, q := k.named(nil, b)
	planes, wide := b.Frame.Views[3].Planes, q.classes
	g := k.memory.take(12, len(q.x))
	clear(g)
	k.soft.slope(g, u, p, q, q)
	for i := range b.N {
		if wide > planes {
			tail := b.place(i, planes, wide)
			share := product(g[tail], inverse(math.Exp(q.x[tail])))
			probs := k.memory.take(10, len(b.In[0])) // 0 for the named
			for c := range k.width {
				grad[b.place(i, c, k.width)] += float64(product(share, probs[b.place(i, c, k.width)]))
			}
		}
		for j := range planes {
			id := int(b.In[3][b.place(i, j, planes)])
			grad[b.place(i, id, k.width)] += g[b.place(i, j, wide)]
		}
	}
}

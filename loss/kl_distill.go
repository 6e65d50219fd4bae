package loss

import (
	"math"

	"lossctl/internal/vec"
)

// distill holds the parameters of knowledge distillation and the memory of
// its kernels.
type distill struct {
	kind      string
	soft      divergence // of what the temperature has softened
	noT2      bool
	ceWeight  float64 // NaN: ceAuto with labels, else 0
	kdWeight  float64 // NaN: kdAuto with labels, else 1
	dkdAlpha  float64
	dkdBeta   float64
	gkdBeta   float64
	distBeta  float64
	distGamma float64
	tail      string // of the teacher's probabilities beside --target-indices
	batchSize int    // of dist, 0: the whole file

	// what only conventions set
	ceAuto, kdAuto float64
	classMean      bool    // kd is divided by the classes
	t2WithLabels   bool    // no T² without labels
	stdEps         float64 // added to the standard deviation

	width   int  // classes
	labeled bool // there are labels

	memory memory
	seen   []int32 // of each class, the last position that named it, plus 1
	rest   Out     // findings that are told in other words

	rows, columns []relation // of dist
}

// Terms of kl distill.
const (
	distillLoss = iota
	distillKD
	distillCE
	distillTarget    // TCKD
	distillNonTarget // NCKD
	distillInter
	distillIntra
)

// KLDistill is knowledge distillation from the outputs of a teacher.
func KLDistill() *Loss {
	k := &distill{
		kind: "kd", soft: newDivergence(), ceWeight: math.NaN(), kdWeight: math.NaN(), ceAuto: 0.1, kdAuto: 0.9,
		dkdAlpha: 1, dkdBeta: 8, gkdBeta: 0.5, distBeta: 1, distGamma: 1, tail: "bucket",
	}
	k.soft.temperature, k.soft.renormalize = 4, true
	inf := math.Inf(1)
	is := func(kind string) func(*Reduction) bool { return func(*Reduction) bool { return k.kind == kind } }
	return &Loss{
		Name:    "kl distill",
		Summary: "knowledge distillation: what a student's outputs miss of a teacher's",
		Formula: "kd-weight·T²·KL(softmax(t/T)‖softmax(s/T)) + ce-weight·(−log softmax(s)_label), s pred, t target",
		Details: distillDetails,
		Source: "Hinton et al. 2015 (arXiv 1503.02531); Zhao et al. 2022, DKD (arXiv 2203.08679); Huang et al. 2022, DIST (arXiv 2205.10536); " +
			"Agarwal et al. 2023, GKD (arXiv 2306.13649); Sun et al. 2024, logit standardisation (arXiv 2403.01427)",
		Inputs: []Input{
			{Name: "pred", Aliases: []string{"student"}, Shape: "N * C", Doc: "outputs of the student: logits unless --pred-as says otherwise", Grad: true},
			{Name: "target", Aliases: []string{"teacher"}, Shape: "N * C or N * K", Doc: "outputs of the teacher: as pred unless --target-as says otherwise; of K classes with --target-indices"},
			{Name: "labels", Shape: "N *", Doc: "class ids, for the cross-entropy and for dkd; ignored ids drop the position from both", Optional: true},
			{Name: "target-indices", Shape: "N * K", Doc: "the classes that target is about, as of a teacher's top K tokens: their log-probabilities or probabilities among all", Optional: true},
		},
		Reads: []string{"pred-as", "target-as", "class-axis", "ignore-index"},
		Params: []Param{
			{Name: "kind", Main: true, Value: Choice(&k.kind, "kd", "dkd", "gkd", "logit-std", "dist"), Doc: "what kd is: KL, decoupled (dkd), generalised Jensen-Shannon (gkd), KL of standardised logits (logit-std), correlations (dist)"},
			{Name: "temperature", Main: true, Value: Float(&k.soft.temperature, math.SmallestNonzeroFloat64, inf), Doc: "T, by which the logits of both are divided for kd; the cross-entropy is at 1"},
			{Name: "no-t2", Value: Bool(&k.noT2), Doc: "leave out the factor T², which keeps the gradients as large at any T"},
			{Name: "ce-weight", Main: true, Value: AutoFloat(&k.ceWeight, 0, inf), Doc: "weight of the cross-entropy with the labels; auto: 0.1 with labels, 0 without"},
			{Name: "kd-weight", Main: true, Value: AutoFloat(&k.kdWeight, 0, inf), Doc: "weight of kd; auto: 0.9 with labels, 1 without"},
			{Name: "dkd-alpha", Value: Float(&k.dkdAlpha, 0, inf), Doc: "α of dkd: weight of the target class against all others"},
			{Name: "dkd-beta", Value: Float(&k.dkdBeta, 0, inf), Doc: "β of dkd: weight of the others among themselves"},
			{Name: "gkd-beta", Value: Float(&k.gkdBeta, 0, 1), Doc: "β of gkd: 0 is KL(teacher‖student), 1 is KL(student‖teacher), between them Jensen-Shannon"},
			{Name: "dist-beta", Value: Float(&k.distBeta, 0, inf), Doc: "β of dist: weight of the relations between the classes of a sample"},
			{Name: "dist-gamma", Value: Float(&k.distGamma, 0, inf), Doc: "γ of dist: weight of the relations between the samples of a class"},
			{Name: "tail", Value: Choice(&k.tail, "bucket", "renormalize"), Doc: "with --target-indices, the other classes: one bucket of their probability, or left out, the K normalised"},
			{Name: "batch-size", Value: Int(&k.batchSize, 0), Doc: "samples that dist relates; 0: the whole file"},
			{Name: "ce-auto", Value: Float(&k.ceAuto, 0, inf), Hidden: true},
			{Name: "kd-auto", Value: Float(&k.kdAuto, 0, inf), Hidden: true},
			{Name: "class-mean", Value: Bool(&k.classMean), Hidden: true},
			{Name: "t2-with-labels", Value: Bool(&k.t2WithLabels), Hidden: true},
			{Name: "std-eps", Value: Float(&k.stdEps, 0, 1), Hidden: true},
		},
		Terms: []Term{
			{Name: "loss"},
			{Name: "kd"},
			{Name: "ce", When: func(*Reduction) bool { return k.labeled }},
			{Name: "tckd", When: is("dkd")},
			{Name: "nckd", When: is("dkd")},
			{Name: "inter", When: is("dist")},
			{Name: "intra", When: is("dist")},
		},
		Reductions: []Reduction{
			Mean, SumOf, BatchMean, None,
			// What TRL divides by.
			{Name: "valid", Doc: "÷ positions that are not ignored, at least 1; ÷ samples without labels", Hidden: true, Den: func(t *Totals) float64 {
				if k.labeled {
					return max(float64(t.Count), 1)
				}
				return max(float64(t.Samples), 1)
			}},
			{Name: "elements", Doc: "÷ count × classes", Hidden: true, Den: func(t *Totals) float64 { return float64(t.Count * k.width) }},
		},
		Conventions: distillConventions,
		Frame:       k.frame,
		Prepare:     k.prepare,
		Eval:        k.eval,
		Grad:        k.grad,
		Direction:   k.direction,
		Components:  k.components,
	}
}

const distillDetails = `What both say is softened by the temperature: p = softmax(t/T) of the teacher (--target, or
--teacher) and q = softmax(s/T) of the student (--pred, or --student). kd is T² times

kd         KL(p‖q)
dkd        α·TCKD + β·NCKD: KL between (p_y, 1−p_y) and (q_y, 1−q_y), y the label, and KL of
           the other classes among themselves; KL(p‖q) is TCKD + (1−p_y)·NCKD
gkd        β·KL(p‖m) + (1−β)·KL(q‖m), m = β·p + (1−β)·q; at β = 0 and 1 exactly it is KL(p‖q)
           and KL(q‖p), though it tends to 0 there
logit-std  KL(p‖q) of logits that are standardised first: (x − mean)/std over the classes, std
           with C−1
dist       β·(1 − ρ over the classes of a sample) + γ·(1 − ρ over the samples of a class, the
           mean of the classes), ρ Pearson's correlation of p and q, 0 for what is constant

With --labels the loss is kd-weight·kd + ce-weight·ce, ce the cross-entropy of the student at
T = 1. Components are before their weights: kd, ce, tckd, nckd, inter, intra.
Probabilities and log-probabilities enter as their logarithm; everything goes through the
softmax, so that they need not sum to 1.

--target-indices names the classes of each number of --target, as inference servers give the
top K tokens with their log-probabilities. The student is taken at the same classes. Under
--tail bucket a class more holds what is left of the probability of either; then T acts on
these K+1. For kd and gkd.`

// scores returns an input as logits: the logarithm of probabilities.
func (k *distill) scores(b *Block, input, slot int) []float64 {
	x := b.In[input]
	if b.Role(input) != Prob {
		return x
	}
	log := k.memory.take(slot, len(x))
	vec.Log(log, x)
	return log
}

// t2 is the factor of kd.
func (k *distill) t2() float64 {
	f, without := 1.0, k.t2WithLabels && !k.labeled && k.kind != "dist"
	if !k.noT2 && !without {
		f = k.soft.temperature * k.soft.temperature
	}
	if k.classMean {
		f /= float64(k.width)
	}
	return f
}

func (k *distill) eval(out *Out, b *Block) {
	kd, ce, loss := out.Terms[distillKD], out.Terms[distillCE], out.Terms[distillLoss]
	switch {
	case b.In[3] != nil:
		k.top(kd, out, b)
	case k.kind == "dkd":
		k.decoupled(kd, out, b)
	case k.kind == "logit-std":
		p, q := k.standard(out, b)
		k.soft.between(kd, out, p, q)
	case k.kind == "dist":
		k.relations(kd, out, b)
	default:
		k.soft.eval(kd, out, b, 1, 0)
	}
	t2 := k.t2()
	for _, t := range []int{distillKD, distillTarget, distillNonTarget, distillInter, distillIntra} {
		if x := out.Terms[t]; x != nil {
			vec.Scale(x, t2, x)
		}
	}
	clear(loss)
	if k.kdWeight != 0 {
		vec.Axpy(loss, k.kdWeight, kd)
	}
	if ce != nil {
		k.crossEntropy(ce, b)
		if k.ceWeight != 0 {
			vec.Axpy(loss, k.ceWeight, ce)
		}
	}
}

func (k *distill) grad(grad, up [][]float64, b *Block) {
	g, u := grad[0], k.memory.take(0, b.N)
	if b.Role(0) == Prob {
		g = k.memory.take(1, len(b.In[0]))
		clear(g)
	}
	if k.kdWeight != 0 {
		vec.Scale(u, k.kdWeight*k.t2(), up[distillLoss])
		switch {
		case b.In[3] != nil:
			k.topGrad(g, u, b)
		case k.kind == "dkd":
			k.decoupledGrad(g, u, b)
		case k.kind == "logit-std":
			k.standardGrad(g, u, b)
		case k.kind == "dist":
			k.relationsGrad(g, u, b)
		default:
			k.soft.grad(grad[0], u, b, 1, 0, 0)
		}
	}
	if k.labeled && k.ceWeight != 0 {
		vec.Scale(u, k.ceWeight, up[distillLoss])
		k.crossEntropyGrad(g, u, b)
	}
	if b.Role(0) == Prob {
		for j, x := range b.In[0] {
			grad[0][j] += float64(product(g[j], inverse(x)))
		}
	}
}

// crossEntropy sets dst to −log softmax(s)_label.
func (k *distill) crossEntropy(dst []float64, b *Block) {
	s := k.scores(b, 0, 2)
	lse := k.memory.take(3, b.N)
	logSumExp(lse, s, b)
	for i, id := range b.In[2] {
		dst[i] = lse[i] - s[b.place(i, int(id), k.width)]
	}
}

// crossEntropyGrad adds u·(softmax(s) − [label]).
func (k *distill) crossEntropyGrad(grad, u []float64, b *Block) {
	s := k.scores(b, 0, 2)
	q := b.distribution(0, Logit, s)
	p := k.memory.take(4, len(s))
	q.normalise(p, s)
	vec.Exp(p, p)
	q.addScaled(grad, u, p)
	for i, id := range b.In[2] {
		grad[b.place(i, int(id), k.width)] -= u[i]
	}
}

// addScaled adds u·x to dst, u of each position.
func (s *distribution) addScaled(dst, u, x []float64) {
	if k := s.classes; s.rows {
		for i, v := range u {
			vec.Axpy(dst[i*k:(i+1)*k], v, x[i*k:(i+1)*k])
		}
		return
	}
	for at := 0; at < len(x); at += s.n {
		to, from := dst[at:at+s.n], x[at:at+s.n]
		for i, v := range u {
			to[i] += float64(v * from[i])
		}
	}
}

// logSumExp sets dst to log Σ exp(x) over the classes of each position.
func logSumExp(dst, x []float64, b *Block) {
	if b.Frame.Rows {
		vec.LogSumExpRows(dst, x)
	} else {
		vec.LogSumExpPlanes(dst, x)
	}
}

// place returns where class c of position i is among numbers of k classes.
func (b *Block) place(i, c, k int) int {
	if b.Frame.Rows {
		return i*k + c
	}
	return c*b.N + i
}

func (k *distill) prepare(f *Frame) {
	k.width = f.Views[0].Planes
	k.labeled = f.Views[2].Role != Absent
	k.soft.kind = "forward"
	if k.kind == "gkd" {
		k.soft.kind, k.soft.beta = "gjs", k.gkdBeta
	}
}

// direction says what is compared with what.
func (k *distill) direction() string {
	switch {
	case k.kind == "dist":
		return "1 − ρ(target, pred)"
	case k.kind == "gkd" && k.gkdBeta == 1:
		return "KL(pred‖target)"
	case k.kind == "gkd" && k.gkdBeta > 0:
		return "β·KL(target‖m) + (1−β)·KL(pred‖m)"
	}
	return "KL(target‖pred)"
}

// components are the parts of the loss, before their weights.
func (k *distill) components(r *Reduction, all *Totals, _ []Totals) []Component {
	names := []int{distillKD}
	if k.labeled {
		names = append(names, distillCE)
	}
	switch k.kind {
	case "dkd":
		names = append(names, distillTarget, distillNonTarget)
	case "dist":
		names = append(names, distillInter, distillIntra)
	}
	var list []Component
	for _, t := range names {
		name := [...]string{"loss", "kd", "ce", "tckd", "nckd", "inter", "intra"}[t]
		list = append(list, Component{name, all.Terms[t] / r.Den(all)})
	}
	return list
}

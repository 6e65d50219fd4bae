package loss

import (
	"fmt"
	"slices"
)

// frame lines up the two models:
//
//	pred and target N T V [a vocabulary axis elsewhere by --class-axis]
//	pred and target N T, log-probabilities of the sampled tokens
//
// and beside them labels N T and lengths N.
func (k *tokens) frame(r *Request) (*Frame, error) {
	a := r.Inputs["pred"]
	pred, target := r.FullShape("pred"), r.FullShape("target")
	if !slices.Equal(pred, target) {
		return nil, r.Mismatch("target", "pred", "")
	}
	var f *Frame
	var err error
	switch len(pred) {
	case 2:
		f, err = k.sampledFrame(r, pred)
	case 3:
		f, err = k.vocabularyFrame(r)
	default:
		return nil, fmt.Errorf("%s: shape %v, want N T V (logits over the vocabulary) or N T (log-probabilities of the sampled tokens); --no-batch: without N", a.Name, a.Shape)
	}
	if err != nil {
		return nil, err
	}
	f.Unit = "token"
	f.Layout = count(f.Samples, "sequence") + " × " + count(f.Positions(), "token")
	if k.width > 1 {
		f.Layout += fmt.Sprintf(" × vocabulary of %d", k.width)
	}
	for _, in := range []struct {
		name  string
		view  View
		shape []int
	}{
		{"labels", View{Role: Label, Planes: 1, Spread: 1}, f.Shape},
		{"lengths", View{Role: Length, PerSample: true}, f.Shape[:1]},
	} {
		extra, given := r.Inputs[in.name]
		if !given {
			f.Views = append(f.Views, View{})
			continue
		}
		if got := r.FullShape(in.name); !slices.Equal(got, in.shape) {
			want := in.shape
			if r.NoBatch {
				want = want[1:]
			}
			return nil, fmt.Errorf("%s: shape %v, want %v", extra.Name, extra.Shape, want)
		}
		f.Views = append(f.Views, in.view)
	}
	return f, k.settleLength(r, f)
}

// settleLength finds the length that dr-grpo and seq-mean-token-sum-norm
// divide by.
func (k *tokens) settleLength(r *Request, f *Frame) error {
	if name := r.Reduction.Name; name != "dr-grpo" && name != "seq-mean-token-sum-norm" || k.maxLength > 0 {
		return nil
	}
	if r.NoBatch {
		return fmt.Errorf("--max-length: got none, want a number for %s: one sequence without padding does not say the length of others", r.Reduction.Name)
	}
	k.maxLength = f.Positions()
	return nil
}

// sampledFrame has one number a token.
func (k *tokens) sampledFrame(r *Request, pred []int) (*Frame, error) {
	a := r.Inputs["pred"]
	for _, c := range []struct{ flag, got string }{{"pred-as", r.PredAs}, {"target-as", r.TargetAs}} {
		if c.got != "" && c.got != "logprobs" {
			return nil, fmt.Errorf("--%s: got %s for %s of shape %v, want logprobs: one number a token is the log-probability of the sampled token", c.flag, c.got, a.Name, a.Shape)
		}
	}
	if k.kind != "auto" && k.kind != "none" {
		return nil, fmt.Errorf("--divergence: got %s for %s of shape %v, want N T V; sampled tokens take --estimator", k.kind, a.Name, a.Shape)
	}
	if k.divergence.temperature != 1 {
		return nil, fmt.Errorf("--temperature: got %v for %s of shape %v, want N T V: the probability of one token has no temperature", k.divergence.temperature, a.Name, a.Shape)
	}
	if k.estimator == "auto" {
		k.estimator = "k3"
	}
	k.kind, k.width = "none", 1
	v := View{Role: LogProb, Planes: 1, Spread: 1}
	return &Frame{Samples: pred[0], Groups: 1, Inner: pred[1], Classes: 1, Shape: pred, Views: []View{v, v}}, nil
}

// vocabularyFrame has a distribution a token.
func (k *tokens) vocabularyFrame(r *Request) (*Frame, error) {
	a := r.Inputs["pred"]
	if k.estimator != "auto" && k.estimator != "none" {
		return nil, fmt.Errorf("--estimator: got %s for %s of shape %v, want N T, log-probabilities of the sampled tokens; a vocabulary takes --divergence", k.estimator, a.Name, a.Shape)
	}
	if k.clipped() {
		return nil, fmt.Errorf("--clip-log-ratio, --clip-value: got one of them for %s of shape %v, want N T: they are of the estimators", a.Name, a.Shape)
	}
	axis, err := classAxis(r)
	if err != nil {
		return nil, err
	}
	f := distributions(r, axis)
	if k.kind == "auto" {
		k.kind = "forward"
	}
	k.estimator, k.width, k.divergence.kind = "none", f.Views[0].Planes, k.kind
	return f, nil
}

// prepare gives the kernel what Frame decided.
func (k *tokens) prepare(*Frame) { k.divergence.kind = k.kind }

package loss

import (
	"fmt"
	"slices"
)

// frame: a position is an anchor, a row of the embeddings.
func (m *mine) frame(r *Request) (*Frame, error) {
	x := r.Inputs["embeddings"]
	if r.NoBatch {
		return nil, fmt.Errorf("--no-batch: got rows that are compared with each other, want them on the sample axis")
	}
	if len(x.Shape) != 2 || x.Shape[1] == 0 {
		return nil, fmt.Errorf("%s: shape %v, want [N D]", x.Name, x.Shape)
	}
	n, width := x.Shape[0], x.Shape[1]
	if y := r.Inputs["labels"]; !slices.Equal(Squeeze(y.Shape), []int{n}) {
		return nil, r.Mismatch("labels", "embeddings", fmt.Sprintf(": want [%d]", n))
	}
	f := &Frame{
		Samples: n, Groups: 1, Inner: 1, Classes: 1, Shape: []int{n}, Rows: true, Unit: "triplet",
		Batch: max(n, 1), Layout: count(n, "embedding") + " × " + count(width, "dimension"),
		Views: []View{{Role: Real, Planes: width, Spread: 1}, {Role: Label, Planes: 1, Spread: 1}, {}, {}},
	}
	if m.batchSize > 0 {
		f.Batch = m.batchSize
		f.Layout += fmt.Sprintf(", batches of %d", m.batchSize)
	}
	ref, labels := r.Inputs["reference"], r.Inputs["reference-labels"]
	m.referred = ref != nil
	switch {
	case ref == nil && labels == nil:
		return f, nil
	case labels == nil:
		return nil, fmt.Errorf("--reference-labels: got nothing, want the labels of %s", ref.Name)
	case ref == nil:
		return nil, fmt.Errorf("--reference: got nothing, want the embeddings of %s", labels.Name)
	case len(ref.Shape) != 2 || ref.Shape[1] != width:
		return nil, fmt.Errorf("%s: shape %v, want [M %d] as %s", ref.Name, ref.Shape, width, x.Name)
	case !slices.Equal(Squeeze(labels.Shape), ref.Shape[:1]):
		return nil, r.Mismatch("reference-labels", "reference", fmt.Sprintf(": want [%d]", ref.Shape[0]))
	}
	f.Views[mineReference] = View{Role: Real, Planes: width, Spread: 1, Whole: true}
	f.Views[mineReferenceLabels] = View{Role: Label, Planes: 1, Spread: 1, Whole: true, Extra: r.IgnoreIndex}
	f.Layout += fmt.Sprintf(", reference of %d", ref.Shape[0])
	return f, nil
}

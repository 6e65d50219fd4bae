package loss

import (
	"fmt"
)

// target reads the labels of the utterance: as many as its length says, else
// those before the padding.
func (c *ctc) target(out *Out, b *Block) {
	c.labels = c.labels[:0]
	x := b.In[1][:min(b.Frame.Views[1].Planes, len(b.In[1]))]
	at := c.first(b)
	if lengths := b.In[3]; lengths != nil {
		n := int(lengths[0])
		if float64(n) != lengths[0] || n < 0 || n > len(x) {
			out.Fail(3, at, 0, formatFloat(lengths[0]), fmt.Sprintf("a length of 0 to %d", len(x)))
			return
		}
		x = x[:n]
	} else {
		x = x[:c.unpadded(x)]
	}
	for u, y := range x {
		id := int(y)
		if float64(id) != y || id < 0 || id >= c.classes || id == c.blankID || c.padding(y, b) {
			c.labels = c.labels[:0]
			out.Fail(1, at, u, c.wrong(y, b), c.wanted(b))
			return
		}
		c.labels = append(c.labels, id)
	}
}

// wanted is what a label may be.
func (c *ctc) wanted(b *Block) string {
	s := fmt.Sprintf("a class id 0…%d but not the blank, %d", c.classes-1, c.blankID)
	if c.targetPad == noPad && b.In[3] == nil {
		s += "; --target-pad says what is padding"
	}
	return s
}

// wrong is what an illegal label is called.
func (c *ctc) wrong(y float64, b *Block) string {
	if c.padding(y, b) {
		return fmt.Sprintf("the padding %d before other labels", c.targetPad)
	}
	return formatFloat(y)
}

// padding reports whether a number ends the labels of a row.
func (c *ctc) padding(y float64, b *Block) bool {
	return b.In[3] == nil && c.targetPad != noPad && y == float64(c.targetPad)
}

// unpadded returns the number of labels before the padding.
func (c *ctc) unpadded(x []float64) int {
	n := len(x)
	for n > 0 {
		y := x[n-1]
		if c.targetPad != noPad && y != float64(c.targetPad) || c.targetPad == noPad && y != float64(c.blankID) && !(y < 0) {
			break
		}
		n--
	}
	return n
}

// first is the first frame that is looked at, whose place a fault has.
func (c *ctc) first(b *Block) int {
	for i, left := range b.Left {
		if !left {
			return i
		}
	}
	return 0
}

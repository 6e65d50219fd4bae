package loss

import (
	"strings"

	"lossctl/internal/vec"
)

// listen starts to decode an utterance.
func (c *ctc) listen() {
	switch c.decode {
	case "greedy":
		c.greedy.begin(c.blankID)
	case "beam":
		c.beam.begin(c.beamWidth, c.blankID)
	}
}

// hear decodes a frame.
func (c *ctc) hear(row []float64, norm float64, b *Block) {
	switch c.decode {
	case "greedy":
		c.greedy.step(row)
	case "beam":
		lp := c.memory.take(2, len(row))
		if b.Role(0) == Prob {
			vec.Log(lp, row)
		} else {
			vec.Affine(lp, 1, -norm, row)
		}
		c.beam.step(lp)
	}
}

// compare sets the terms of the error rates, and the texts.
func (c *ctc) compare(t []float64) {
	if c.decode == "none" {
		return
	}
	heard := c.greedy.text
	if c.decode == "beam" {
		heard = c.beam.best()
	}
	c.heard, c.said = spell(heard, c.tokens), spell(c.labels, c.tokens)
	if c.tokens == nil {
		t[ctcErrors], t[ctcLength] = float64(distance(heard, c.labels)), float64(len(c.labels))
		return
	}
	said, words := []rune(c.said), strings.Fields(c.said)
	t[ctcErrors], t[ctcLength] = float64(distance([]rune(c.heard), said)), float64(len(said))
	t[ctcWordErrors], t[ctcWords] = float64(distance(strings.Fields(c.heard), words)), float64(len(words))
}

// columns are what rows show beside the loss.
func (c *ctc) columns() (numbers, texts []string) {
	numbers = []string{"frames", "labels", "needs"}
	if c.decode == "none" {
		return numbers, nil
	}
	numbers = append(numbers, "cer")
	if c.tokens != nil {
		numbers = append(numbers, "wer")
	}
	return numbers, []string{"text", "target"}
}

func (c *ctc) row(dst []float64, all *Totals) {
	values := []float64{float64(all.Count), float64(len(c.labels)), float64(needs(c.labels)), cer(all), wer(all)}
	copy(dst, values)
}

func (c *ctc) text(dst []string) { copy(dst, []string{c.heard, c.said}) }

func (c *ctc) components(_ *Reduction, all *Totals, _ []Totals) []Component {
	switch {
	case c.decode == "none":
		return nil
	case c.tokens == nil:
		return []Component{{"cer", cer(all)}}
	}
	return []Component{{"cer", cer(all)}, {"wer", wer(all)}}
}

func cer(t *Totals) float64 { return t.Terms[ctcErrors] / t.Terms[ctcLength] }
func wer(t *Totals) float64 { return t.Terms[ctcWordErrors] / t.Terms[ctcWords] }

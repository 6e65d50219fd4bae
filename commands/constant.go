package commands

import "lossctl/loss"

// constant is an array of one number: the weight of a pair of files.
type constant struct {
	name  string
	value float64
}

func (c constant) Name() string                       { return c.name }
func (c constant) Shape() []int                       { return nil }
func (c constant) Dtype() string                      { return "float64" }
func (c constant) Sequential() bool                   { return false }
func (c constant) Spool() error                       { return nil }
func (c constant) Fetch(*loss.Buffer, int, int) error { return nil }
func (c constant) Decode(dst []float64, _ *loss.Buffer, _ int) (lo, hi float64) {
	dst[0] = c.value
	return c.value, c.value
}

func (c constant) Close() error { return nil }

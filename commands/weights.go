package commands

import (
	"lossctl/io/weights"
)

// readWeights reads the weights that the loss wants with its parameters, from
// the files that are named, else from where they are kept.
func (o *options) readWeights() error {
	if o.loss.Weights == nil {
		return nil
	}
	list, err := o.loss.Weights()
	if err != nil {
		return asUsage(err)
	}
	for _, w := range list {
		path := w.File
		if path == "" {
			if path, err = weights.Find(w.Published); err != nil {
				return usagef("--%s: %w", w.Param, err)
			}
		}
		if w.Network != nil {
			if err := weights.Load(w.Network, path); err != nil {
				return err
			}
			continue
		}
		var channels []int
		for _, tap := range w.Of.Taps() {
			c, _, _, err := w.Of.Shape(tap, 512, 512)
			if err != nil {
				return usagef("--net-weights: %w", err)
			}
			channels = append(channels, c)
		}
		if *w.Heads, err = weights.Heads(path, channels); err != nil {
			return err
		}
	}
	return nil
}

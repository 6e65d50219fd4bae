package commands

import (
	"context"
	"fmt"

	"lossctl/loss/engine"
)

// gradTolerance is how far the gradient may be from finite differences,
// relative to the largest of those looked at.
const gradTolerance = 1e-5

// canCheckGradient refuses a gradient that finite differences do not agree
// with.
func (o *options) canCheckGradient() error {
	if o.loss.Held == nil || !o.checkGrad {
		return nil
	}
	if what := o.loss.Held(); what != "" {
		return usagef("--check-grad: got a gradient that takes %s for a constant, want one that finite differences agree with", what)
	}
	return nil
}

// checkGradient compares the gradient with finite differences.
func (r *run) checkGradient(ctx context.Context, res *engine.Result, input int) error {
	off, n, err := r.job.CheckGradient(ctx, res, input)
	if err != nil {
		return err
	}
	r.gradOff = off
	if !(off <= gradTolerance) {
		return fmt.Errorf("gradient of --%s: off by %.3g from finite differences at %d numbers, want at most %g", r.o.gradOf, off, n, gradTolerance)
	}
	return nil
}

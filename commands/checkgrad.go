package commands

import (
	"context"
	"fmt"

	"lossctl/loss/engine"
)

// gradTolerance is how far the gradient may be from finite differences,
// relative to the largest of those looked at.
const gradTolerance = 1e-5

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

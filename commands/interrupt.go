package commands

import "time"

// waitOrLeave waits a moment for the run to clean up after an interrupt.
func waitOrLeave(done <-chan error) error {
	select {
	case err := <-done:
		if err != nil {
			return err
		}
		return errInterrupted
	case <-time.After(2 * time.Second):
		return errInterrupted
	}
}

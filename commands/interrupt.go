package commands

import (
	"sync"
	"time"
)

// A leaver cleans up behind a run that an interrupt finds in a read which
// does not return, as of a terminal or a pipe.
type leaver struct {
	mu    sync.Mutex
	clean func()
}

func (l *leaver) set(clean func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.clean = clean
}

// wait gives the run a moment to end by itself.
func (l *leaver) wait(done <-chan error) error {
	select {
	case err := <-done:
		if err != nil {
			return err
		}
	case <-time.After(time.Second):
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.clean != nil {
			l.clean()
		}
	}
	return errInterrupted
}

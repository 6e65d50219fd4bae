package main

import (
	"fmt"
	"os"

	"golang.org/x/term"
)

var onTerminal = term.IsTerminal(int(os.Stderr.Fd()))

// progress shows one line that the next one replaces, on a terminal; "" takes
// it away.
func progress(format string, args ...any) {
	if onTerminal {
		fmt.Fprintf(os.Stderr, "\r\x1b[K"+format, args...)
	}
}

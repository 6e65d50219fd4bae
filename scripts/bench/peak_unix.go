//go:build unix

package main

import (
	"os"
	"runtime"
	"syscall"
)

// peak is the greatest resident size of a process that ended, in bytes.
func peak(p *os.ProcessState) int64 {
	r, ok := p.SysUsage().(*syscall.Rusage)
	switch {
	case !ok:
		return 0
	case runtime.GOOS == "darwin":
		return int64(r.Maxrss)
	}
	return int64(r.Maxrss) << 10
}

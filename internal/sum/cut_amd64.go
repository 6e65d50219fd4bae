//go:build !noasm

package sum

import (
	"math"
	"os"
	"unsafe"

	"golang.org/x/sys/cpu"
)

//go:generate go run -C ../../scripts/asm ./sum -out ../../internal/sum/cut_amd64.s -stubs ../../internal/sum/stubs_amd64.go -pkg sum

// useAVX2 is as in package vec.
var useAVX2 = cpu.X86.HasAVX2 && cpu.X86.HasFMA && os.Getenv("LOSSCTL_VEC") != "generic"

// cutVec does the loop of cut for the first numbers of x, n of them.
func cutVec(x []float64, m [fold]float64, lim uint64) (c [fold]uint64, over uint64, n int) {
	n = len(x) &^ 7
	if !useAVX2 || n == 0 {
		return c, 0, 0
	}
	var l [fold][8]uint64
	var o [8]uint64
	cutAVX2(unsafe.SliceData(x), n, m[0], m[1], m[2], math.Float64frombits(lim), &l[0], &l[1], &l[2], &o)
	for i := range c {
		for _, v := range l[i] {
			c[i] += v
		}
	}
	for _, v := range o {
		over |= v
	}
	return c, over, n
}

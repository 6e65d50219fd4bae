//go:build !noasm

package sum

import (
	"math"
	"os"
	"unsafe"

	"golang.org/x/sys/cpu"
)

//go:generate go run -C ../../scripts/asm ./sum -out ../../internal/sum/cut_amd64.s -stubs ../../internal/sum/stubs_amd64.go -pkg sum

// level is the instruction set in use, chosen as in package vec.
var level = best(os.Getenv("LOSSCTL_VEC"))

const (
	generic = iota
	avx2
	avx512
)

func best(limit string) int {
	x := &cpu.X86
	switch {
	case limit == "generic" || !x.HasAVX2 || !x.HasFMA:
		return generic
	case limit == "avx2" || !x.HasAVX512F || !x.HasAVX512DQ || !x.HasBMI2:
		return avx2
	}
	return avx512
}

// cutVec does the loop of cut for the first numbers of x, n of them.
func cutVec(x []float64, m [fold]float64, lim uint64) (c [fold]uint64, over uint64, n int) {
	n = len(x) &^ 7
	if level == generic || n == 0 {
		return c, 0, 0
	}
	var l [fold][8]uint64
	var o [8]uint64
	f := math.Float64frombits(lim)
	if level == avx512 {
		cutAVX512(unsafe.SliceData(x), n, m[0], m[1], m[2], f, &l[0], &l[1], &l[2], &o)
	} else {
		cutAVX2(unsafe.SliceData(x), n, m[0], m[1], m[2], f, &l[0], &l[1], &l[2], &o)
	}
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

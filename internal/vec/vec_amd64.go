//go:build !noasm

package vec

import (
	"math"
	"os"
	"unsafe"

	"golang.org/x/sys/cpu"
)

//go:generate go run -C ../../scripts/asm ./vec -out ../../internal/vec/vec_amd64.s -stubs ../../internal/vec/stubs_amd64.go -pkg vec

// useAVX2 is whether the functions below work; if not, they return false, or 0.
// LOSSCTL_VEC=generic in the environment forbids it. AVX-512 is not in use.
var useAVX2 = cpu.X86.HasAVX2 && cpu.X86.HasFMA && os.Getenv("LOSSCTL_VEC") != "generic"

func expVec(dst, x []float64) bool {
	if useAVX2 {
		expAVX2(ptr(dst), ptr(x), len(x))
	}
	return useAVX2
}

func expm1Vec(dst, x []float64) bool {
	if useAVX2 {
		expm1AVX2(ptr(dst), ptr(x), len(x))
	}
	return useAVX2
}

func logVec(dst, x []float64) bool {
	if useAVX2 {
		logAVX2(ptr(dst), ptr(x), len(x))
	}
	return useAVX2
}

func log1pVec(dst, x []float64) bool {
	if useAVX2 {
		log1pAVX2(ptr(dst), ptr(x), len(x))
	}
	return useAVX2
}

func softplusVec(dst, x []float64) bool {
	if useAVX2 {
		softplusAVX2(ptr(dst), ptr(x), len(x))
	}
	return useAVX2
}

func logisticVec(p, q, l, x []float64) bool {
	if useAVX2 {
		logisticAVX2(ptr(p), ptr(q), ptr(l), ptr(x), len(x))
	}
	return useAVX2
}

func addVec(dst, x, y []float64) bool {
	if useAVX2 {
		addAVX2(ptr(dst), ptr(x), ptr(y), len(x))
	}
	return useAVX2
}

func mulVec(dst, x, y []float64) bool {
	if useAVX2 {
		mulAVX2(ptr(dst), ptr(x), ptr(y), len(x))
	}
	return useAVX2
}

func sub2Vec(dst, x, y, z []float64) bool {
	if useAVX2 {
		sub2AVX2(ptr(dst), ptr(x), ptr(y), ptr(z), len(x))
	}
	return useAVX2
}

func scaleVec(dst []float64, a float64, x []float64) bool {
	if useAVX2 {
		scaleAVX2(ptr(dst), ptr(x), len(x), a)
	}
	return useAVX2
}

func axpyVec(dst []float64, a float64, x []float64) bool {
	if useAVX2 {
		axpyAVX2(ptr(dst), ptr(x), ptr(dst), len(x), a)
	}
	return useAVX2
}

func sub2ScalarVec(dst, x []float64, a, b float64) bool {
	if useAVX2 {
		sub2ScalarAVX2(ptr(dst), ptr(x), len(x), a, b)
	}
	return useAVX2
}

func maxVec(m, x []float64) bool {
	if useAVX2 {
		maxAVX2(ptr(m), ptr(m), ptr(x), len(x))
	}
	return useAVX2
}

func addExpVec(s, x, m []float64) bool {
	if useAVX2 {
		addExpAVX2(ptr(s), ptr(s), ptr(x), ptr(m), len(x))
	}
	return useAVX2
}

func powVec(dst, x []float64, a float64) bool {
	if !useAVX2 || a-a != 0 {
		return false
	}
	zero, huge := 0.0, math.Inf(1) // the limits at 0 and +Inf
	if a < 0 {
		zero, huge = huge, zero
	}
	powAVX2(ptr(dst), ptr(x), len(x), a, zero, huge)
	return true
}

// The reductions work on the first numbers of x, as many as they return, a
// multiple of 8.

func sumVec(x []float64, l *lanes) int {
	n := whole(x)
	if n > 0 {
		sumAVX2(ptr(x), n, (*[8]float64)(l))
	}
	return n
}

func dotVec(x, y []float64, l *lanes) int {
	n := whole(x)
	if n > 0 {
		dotAVX2(ptr(x), ptr(y), n, (*[8]float64)(l))
	}
	return n
}

func sumExpVec(x []float64, m float64, l *lanes) int {
	n := whole(x)
	if n > 0 {
		sumExpAVX2(ptr(x), n, m, (*[8]float64)(l))
	}
	return n
}

func maximumVec(x []float64, l *lanes) int {
	n := whole(x)
	if n > 0 {
		maximumAVX2(ptr(x), n, (*[8]float64)(l))
	}
	return n
}

func minimumVec(x []float64, l *lanes) int {
	n := whole(x)
	if n > 0 {
		minimumAVX2(ptr(x), n, (*[8]float64)(l))
	}
	return n
}

func exponentsVec(x []float64, l *[8]uint64) int {
	n := whole(x)
	if n > 0 {
		exponentsAVX2(ptr(x), n, l)
	}
	return n
}

func whole(x []float64) int {
	if !useAVX2 {
		return 0
	}
	return len(x) &^ 7
}

func ptr(x []float64) *float64 { return unsafe.SliceData(x) }

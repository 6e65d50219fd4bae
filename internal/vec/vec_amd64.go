//go:build !noasm

package vec

import (
	"math"
	"os"
	"unsafe"

	"golang.org/x/sys/cpu"
)

//go:generate go run -C ../../scripts/asm ./vec -out ../../internal/vec/vec_amd64.s -stubs ../../internal/vec/stubs_amd64.go -pkg vec

// level is the instruction set in use: the best that the processor has, or a
// lesser one that LOSSCTL_VEC=generic or avx2 in the environment asks for.
// Where it is generic, the functions below return false, or 0.
var level = best(os.Getenv("LOSSCTL_VEC"))

const (
	generic = iota
	avx2
	avx512
)

// levels names the instruction sets that the processor has.
func levels() []string { return []string{"generic", "avx2", "avx512"}[:best("")+1] }

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

func expVec(dst, x []float64) bool {
	switch level {
	case avx512:
		expAVX512(ptr(dst), ptr(x), len(x))
	case avx2:
		expAVX2(ptr(dst), ptr(x), len(x))
	}
	return level != generic
}

func expSumVec(e, s, x, m []float64) bool {
	switch level {
	case avx512:
		expSumAVX512(ptr(e), ptr(s), ptr(x), ptr(m), ptr(s), len(x))
	case avx2:
		expSumAVX2(ptr(e), ptr(s), ptr(x), ptr(m), ptr(s), len(x))
	}
	return level != generic
}

func expm1Vec(dst, x []float64) bool {
	switch level {
	case avx512:
		expm1AVX512(ptr(dst), ptr(x), len(x))
	case avx2:
		expm1AVX2(ptr(dst), ptr(x), len(x))
	}
	return level != generic
}

func logVec(dst, x []float64) bool {
	if level == generic {
		return false
	}
	for len(x) > 0 {
		n := min(len(x), 1024)
		normal := Within(x[:n], minNorm, math.MaxFloat64)
		switch {
		case level == avx512 && normal:
			logNormalAVX512(ptr(dst), ptr(x), n)
		case level == avx512:
			logAVX512(ptr(dst), ptr(x), n)
		case normal:
			logNormalAVX2(ptr(dst), ptr(x), n)
		default:
			logAVX2(ptr(dst), ptr(x), n)
		}
		dst, x = dst[n:], x[n:]
	}
	return true
}

func log1pVec(dst, x []float64) bool {
	switch level {
	case avx512:
		log1pAVX512(ptr(dst), ptr(x), len(x))
	case avx2:
		log1pAVX2(ptr(dst), ptr(x), len(x))
	}
	return level != generic
}

func sigmoidVec(dst, x []float64) bool {
	switch level {
	case avx512:
		sigmoidAVX512(ptr(dst), ptr(x), len(x))
	case avx2:
		sigmoidAVX2(ptr(dst), ptr(x), len(x))
	default:
		return false
	}
	return true
}

func softplusVec(dst, x []float64) bool {
	switch level {
	case avx512:
		softplusAVX512(ptr(dst), ptr(x), len(x))
	case avx2:
		softplusAVX2(ptr(dst), ptr(x), len(x))
	}
	return level != generic
}

func logisticVec(p, q, l, x []float64) bool {
	switch level {
	case avx512:
		logisticAVX512(ptr(p), ptr(q), ptr(l), ptr(x), len(x))
	case avx2:
		logisticAVX2(ptr(p), ptr(q), ptr(l), ptr(x), len(x))
	}
	return level != generic
}

func binaryCrossEntropyVec(ce, miss, x, t []float64) bool {
	switch level {
	case avx512:
		binaryCrossEntropyAVX512(ptr(ce), ptr(miss), ptr(x), ptr(t), len(x))
	case avx2:
		binaryCrossEntropyAVX2(ptr(ce), ptr(miss), ptr(x), ptr(t), len(x))
	}
	return level != generic
}

func binaryFocalVec(dst, x, t []float64, a, b float64) bool {
	switch level {
	case avx512:
		binaryFocalAVX512(ptr(dst), ptr(x), ptr(t), len(x), a, b)
	case avx2:
		binaryFocalAVX2(ptr(dst), ptr(x), ptr(t), len(x), a, b)
	}
	return level != generic
}

func addVec(dst, x, y []float64) bool {
	switch level {
	case avx512:
		addAVX512(ptr(dst), ptr(x), ptr(y), len(x))
	case avx2:
		addAVX2(ptr(dst), ptr(x), ptr(y), len(x))
	}
	return level != generic
}

func logAddExpVec(dst, x, y []float64) bool {
	switch level {
	case avx512:
		logAddExpAVX512(ptr(dst), ptr(x), ptr(y), len(x))
	case avx2:
		logAddExpAVX2(ptr(dst), ptr(x), ptr(y), len(x))
	}
	return level != generic
}

func subVec(dst, x, y []float64) bool {
	switch level {
	case avx512:
		subAVX512(ptr(dst), ptr(x), ptr(y), len(x))
	case avx2:
		subAVX2(ptr(dst), ptr(x), ptr(y), len(x))
	}
	return level != generic
}

func spansVec(over, around, a, b, apart, a1, a2, b1, b2 []float64) bool {
	switch level {
	case avx512:
		spansAVX512(ptr(over), ptr(around), ptr(a), ptr(b), ptr(apart), ptr(a1), ptr(a2), ptr(b1), ptr(b2), len(a1))
	case avx2:
		spansAVX2(ptr(over), ptr(around), ptr(a), ptr(b), ptr(apart), ptr(a1), ptr(a2), ptr(b1), ptr(b2), len(a1))
	}
	return level != generic
}

func ratioVec(dst, x, y []float64) bool {
	switch level {
	case avx512:
		ratioAVX512(ptr(dst), ptr(x), ptr(y), len(x))
	case avx2:
		ratioAVX2(ptr(dst), ptr(x), ptr(y), len(x))
	}
	return level != generic
}

func mulVec(dst, x, y []float64) bool {
	switch level {
	case avx512:
		mulAVX512(ptr(dst), ptr(x), ptr(y), len(x))
	case avx2:
		mulAVX2(ptr(dst), ptr(x), ptr(y), len(x))
	}
	return level != generic
}

func sub2Vec(dst, x, y, z []float64) bool {
	switch level {
	case avx512:
		sub2AVX512(ptr(dst), ptr(x), ptr(y), ptr(z), len(x))
	case avx2:
		sub2AVX2(ptr(dst), ptr(x), ptr(y), ptr(z), len(x))
	}
	return level != generic
}

func scaleVec(dst []float64, a float64, x []float64) bool {
	switch level {
	case avx512:
		scaleAVX512(ptr(dst), ptr(x), len(x), a)
	case avx2:
		scaleAVX2(ptr(dst), ptr(x), len(x), a)
	}
	return level != generic
}

func aboveVec(dst []float64, a float64, x []float64) bool {
	switch level {
	case avx512:
		aboveAVX512(ptr(dst), ptr(x), len(x), a)
	case avx2:
		aboveAVX2(ptr(dst), ptr(x), len(x), a)
	}
	return level != generic
}

func belowVec(dst []float64, a float64, x []float64) bool {
	switch level {
	case avx512:
		belowAVX512(ptr(dst), ptr(x), len(x), a)
	case avx2:
		belowAVX2(ptr(dst), ptr(x), len(x), a)
	}
	return level != generic
}

func rectifyVec(dst []float64, a, b float64, x []float64) bool {
	switch level {
	case avx512:
		rectifyAVX512(ptr(dst), ptr(x), len(x), a, b)
	case avx2:
		rectifyAVX2(ptr(dst), ptr(x), len(x), a, b)
	}
	return level != generic
}

func axpyVec(dst []float64, a float64, x []float64) bool {
	switch level {
	case avx512:
		axpyAVX512(ptr(dst), ptr(x), ptr(dst), len(x), a)
	case avx2:
		axpyAVX2(ptr(dst), ptr(x), ptr(dst), len(x), a)
	}
	return level != generic
}

func affineVec(dst []float64, a, b float64, x []float64) bool {
	switch level {
	case avx512:
		affineAVX512(ptr(dst), ptr(x), len(x), a, b)
	case avx2:
		affineAVX2(ptr(dst), ptr(x), len(x), a, b)
	}
	return level != generic
}

func sub2ScalarVec(dst, x []float64, a, b float64) bool {
	switch level {
	case avx512:
		sub2ScalarAVX512(ptr(dst), ptr(x), len(x), a, b)
	case avx2:
		sub2ScalarAVX2(ptr(dst), ptr(x), len(x), a, b)
	}
	return level != generic
}

func maxVec(m, x []float64) bool {
	switch level {
	case avx512:
		maxAVX512(ptr(m), ptr(m), ptr(x), len(x))
	case avx2:
		maxAVX2(ptr(m), ptr(m), ptr(x), len(x))
	}
	return level != generic
}

func shiftVec(m []float64) bool {
	switch level {
	case avx512:
		shiftAVX512(ptr(m), ptr(m), len(m))
	case avx2:
		shiftAVX2(ptr(m), ptr(m), len(m))
	}
	return level != generic
}

func addExpVec(s, x, m []float64) bool {
	switch level {
	case avx512:
		addExpAVX512(ptr(s), ptr(s), ptr(x), ptr(m), len(x))
	case avx2:
		addExpAVX2(ptr(s), ptr(s), ptr(x), ptr(m), len(x))
	}
	return level != generic
}

func klNormalVec(dst, x, v []float64) bool {
	switch level {
	case avx512:
		klNormalAVX512(ptr(dst), ptr(x), ptr(v), len(x))
	case avx2:
		klNormalAVX2(ptr(dst), ptr(x), ptr(v), len(x))
	}
	return level != generic
}

func klPlaneVec(p, q, d, x, y, a, b []float64, s float64) bool {
	switch level {
	case avx512:
		klPlaneAVX512(ptr(p), ptr(q), ptr(d), ptr(p), ptr(q), ptr(d), ptr(x), ptr(y), ptr(a), ptr(b), len(x), s)
	case avx2:
		klPlaneAVX2(ptr(p), ptr(q), ptr(d), ptr(p), ptr(q), ptr(d), ptr(x), ptr(y), ptr(a), ptr(b), len(x), s)
	}
	return level != generic
}

func powVec(dst, x []float64, a float64) bool {
	if level == generic || a-a != 0 {
		return false
	}
	zero, huge := 0.0, math.Inf(1) // the limits at 0 and +Inf
	if a < 0 {
		zero, huge = huge, zero
	}
	if level == avx512 {
		powAVX512(ptr(dst), ptr(x), len(x), a, zero, huge)
	} else {
		powAVX2(ptr(dst), ptr(x), len(x), a, zero, huge)
	}
	return true
}

// transposeVec is transposeTile for sides of at least 4. Where they are not
// multiples of 4, the last blocks overlap others.
func transposeVec(dst, src []float64, h, w, to, from int) bool {
	if level == generic || h < 4 || w < 4 {
		return false
	}
	_, _ = dst[(w-1)*to+h-1], src[(h-1)*from+w-1]
	block := func(r, c, rows, cols int) { transposeAVX2(&dst[c*to+r], &src[r*from+c], rows, cols, to, from) }
	block(0, 0, h&^3, w&^3)
	if w&3 != 0 {
		block(0, w-4, h&^3, 4)
	}
	if h&3 != 0 {
		block(h-4, 0, 4, w&^3)
	}
	if h&3 != 0 && w&3 != 0 {
		block(h-4, w-4, 4, 4)
	}
	return true
}

// conversionVec returns the function that converts numbers, or nil.
func conversionVec(name string) conversionFunc {
	if level == generic || !cpu.X86.HasF16C {
		return nil
	}
	return conversionsAVX2[name]
}

var conversionsAVX2 = map[string]conversionFunc{
	"bool":         convertBoolAVX2,
	"int8":         convertInt8AVX2,
	"uint8":        convertUint8AVX2,
	"int16":        convertInt16AVX2,
	"uint16":       convertUint16AVX2,
	"float16":      convertFloat16AVX2,
	"bfloat16":     convertBfloat16AVX2,
	"int32":        convertInt32AVX2,
	"uint32":       convertUint32AVX2,
	"float32":      convertFloat32AVX2,
	"int64":        convertInt64AVX2,
	"uint64":       convertUint64AVX2,
	"big int16":    convertBigInt16AVX2,
	"big uint16":   convertBigUint16AVX2,
	"big float16":  convertBigFloat16AVX2,
	"big bfloat16": convertBigBfloat16AVX2,
	"big int32":    convertBigInt32AVX2,
	"big uint32":   convertBigUint32AVX2,
	"big float32":  convertBigFloat32AVX2,
	"big int64":    convertBigInt64AVX2,
	"big uint64":   convertBigUint64AVX2,
	"big float64":  convertBigFloat64AVX2,
	"float64": func(dst *float64, src *byte, n int) (none [64]byte) {
		copy(unsafe.Slice((*byte)(unsafe.Pointer(dst)), 8*n), unsafe.Slice(src, 8*n))
		return none
	},
}

// The reductions work on the first numbers of x, as many as they return, a
// multiple of 8.

func sumVec(x []float64, l *lanes) int {
	n := whole(x)
	switch {
	case n == 0:
	case level == avx512:
		sumAVX512(ptr(x), n, (*[8]float64)(l))
	default:
		sumAVX2(ptr(x), n, (*[8]float64)(l))
	}
	return n
}

func dotVec(x, y []float64, l *lanes) int {
	n := whole(x)
	switch {
	case n == 0:
	case level == avx512:
		dotAVX512(ptr(x), ptr(y), n, (*[8]float64)(l))
	default:
		dotAVX2(ptr(x), ptr(y), n, (*[8]float64)(l))
	}
	return n
}

func overlapVec(x, y []float64, sx, sy, sxy *lanes) int {
	n := whole(x)
	switch {
	case n == 0:
	case level == avx512:
		overlapAVX512(ptr(x), ptr(y), n, (*[8]float64)(sx), (*[8]float64)(sy), (*[8]float64)(sxy))
	default:
		overlapAVX2(ptr(x), ptr(y), n, (*[8]float64)(sx), (*[8]float64)(sy), (*[8]float64)(sxy))
	}
	return n
}

func squaredDistanceVec(x, y []float64, l *lanes) int {
	n := whole(x)
	switch {
	case n == 0:
	case level == avx512:
		squaredDistanceAVX512(ptr(x), ptr(y), n, (*[8]float64)(l))
	default:
		squaredDistanceAVX2(ptr(x), ptr(y), n, (*[8]float64)(l))
	}
	return n
}

func absDistanceVec(x, y []float64, l *lanes) int {
	n := whole(x)
	switch {
	case n == 0:
	case level == avx512:
		absDistanceAVX512(ptr(x), ptr(y), n, (*[8]float64)(l))
	default:
		absDistanceAVX2(ptr(x), ptr(y), n, (*[8]float64)(l))
	}
	return n
}

func sumExpVec(x []float64, m float64, l *lanes) int {
	n := whole(x)
	switch {
	case n == 0:
	case level == avx512:
		sumExpAVX512(ptr(x), n, m, (*[8]float64)(l))
	default:
		sumExpAVX2(ptr(x), n, m, (*[8]float64)(l))
	}
	return n
}

func klSumsVec(x, y []float64, a, b, s float64, p, q, d *lanes) int {
	n := whole(x)
	switch {
	case n == 0:
	case level == avx512:
		klSumsAVX512(ptr(x), ptr(y), n, a, b, s, (*[8]float64)(p), (*[8]float64)(q), (*[8]float64)(d))
	default:
		klSumsAVX2(ptr(x), ptr(y), n, a, b, s, (*[8]float64)(p), (*[8]float64)(q), (*[8]float64)(d))
	}
	return n
}

func maximumVec(x []float64, l *lanes) int {
	n := whole(x)
	switch {
	case n == 0:
	case level == avx512:
		maximumAVX512(ptr(x), n, (*[8]float64)(l))
	default:
		maximumAVX2(ptr(x), n, (*[8]float64)(l))
	}
	return n
}

func minimumVec(x []float64, l *lanes) int {
	n := whole(x)
	switch {
	case n == 0:
	case level == avx512:
		minimumAVX512(ptr(x), n, (*[8]float64)(l))
	default:
		minimumAVX2(ptr(x), n, (*[8]float64)(l))
	}
	return n
}

func extremesVec(x []float64, lo, hi *lanes, nans *[8]uint64) int {
	n := whole(x)
	switch {
	case n == 0:
	case level == avx512:
		extremesAVX512(ptr(x), n, (*[8]float64)(lo), (*[8]float64)(hi), nans)
	default:
		extremesAVX2(ptr(x), n, (*[8]float64)(lo), (*[8]float64)(hi), nans)
	}
	return n
}

func range32Vec(x []float32, lo, hi *[8]float32) int {
	n := len(x) &^ 31
	if level == generic || n == 0 {
		return 0
	}
	range32AVX2(unsafe.SliceData(x), n, lo, hi)
	return n
}

func finiteVec(x []float64, l *[8]uint64) int {
	n := whole(x)
	switch {
	case n == 0:
	case level == avx512:
		finiteAVX512(ptr(x), n, l)
	default:
		finiteAVX2(ptr(x), n, l)
	}
	return n
}

func unitVec(x []float64, l *[8]uint64) int {
	n := whole(x)
	switch {
	case n == 0:
	case level == avx512:
		unitAVX512(ptr(x), n, l)
	default:
		unitAVX2(ptr(x), n, l)
	}
	return n
}

func whole(x []float64) int {
	if level == generic {
		return 0
	}
	return len(x) &^ 7
}

func ptr(x []float64) *float64 { return unsafe.SliceData(x) }

var kernel32, kernel64 = func() (kernel[float32], kernel[float64]) {
	switch level {
	case avx512:
		return kernel[float32]{12, 32, func(k int, a, b, c []float32, ldc int) {
				_, _, _ = a[12*k-1], b[32*k-1], c[11*ldc+31]
				gemm32AVX512(k, &a[0], &b[0], &c[0], ldc)
			}}, kernel[float64]{12, 16, func(k int, a, b, c []float64, ldc int) {
				_, _, _ = a[12*k-1], b[16*k-1], c[11*ldc+15]
				gemm64AVX512(k, &a[0], &b[0], &c[0], ldc)
			}}
	case avx2:
		return kernel[float32]{6, 16, func(k int, a, b, c []float32, ldc int) {
				_, _, _ = a[6*k-1], b[16*k-1], c[5*ldc+15]
				gemm32AVX2(k, &a[0], &b[0], &c[0], ldc)
			}}, kernel[float64]{6, 8, func(k int, a, b, c []float64, ldc int) {
				_, _, _ = a[6*k-1], b[8*k-1], c[5*ldc+7]
				gemm64AVX2(k, &a[0], &b[0], &c[0], ldc)
			}}
	}
	return kernel[float32]{4, 4, plainKernel32}, kernel[float64]{4, 4, plainKernel64}
}()

// shifted32 is the kernel of Left, with the tiles of kernel32.
var shifted32 = func() func(a, b []float32, offsets []int, c []float32, ldc int) {
	switch level {
	case avx512:
		return func(a, b []float32, offsets []int, c []float32, ldc int) {
			_, _ = a[12*len(offsets)-1], c[11*ldc+31]
			shifted32AVX512(len(offsets), &a[0], &b[0], &offsets[0], &c[0], ldc)
		}
	case avx2:
		return func(a, b []float32, offsets []int, c []float32, ldc int) {
			_, _ = a[6*len(offsets)-1], c[5*ldc+15]
			shifted32AVX2(len(offsets), &a[0], &b[0], &offsets[0], &c[0], ldc)
		}
	}
	return plainShifted32
}()

// right is the kernels of Right.
var right = func() rightKernels {
	type written = func(tiles int, a *float32, from *int, runs, n, jumpBytes int, b, c *float32, to *int, start *float32, ramp int)
	call := func(f written, rows int) rightKernel {
		return func(a []float32, from []int, stretches, n, jump int, b, c []float32, to []int, start []float32, ramp bool) {
			f(len(from)/rows, &a[0], &from[0], stretches, n, 4*jump, &b[0], &c[0], &to[0], unsafe.SliceData(start), truth(ramp))
		}
	}
	switch level {
	case avx512:
		return rightKernels{12, 4, 32, [2][2]rightKernel{{call(right12x1AVX512, 12), call(right4x1AVX512, 4)}, {call(right12x2AVX512, 12), call(right4x2AVX512, 4)}}}
	case avx2:
		return rightKernels{6, 2, 16, [2][2]rightKernel{{}, {call(right6x2AVX2, 6), call(right2x2AVX2, 2)}}}
	}
	return plainRight
}()

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

func winogradInVec(v []float32, apart int, x []float32, row, pixel, channels int) bool {
	switch level {
	case avx512:
		winogradInAVX512(&v[0], 4*apart, &x[0], 4*row, 4*pixel, channels)
	case avx2:
		winogradInAVX2(&v[0], 4*apart, &x[0], 4*row, 4*pixel, channels)
	}
	return level != generic
}

func winogradOutVec(y []float32, row, pixel int, m []float32, apart int, start []float32, ramp bool, channels int) bool {
	switch level {
	case avx512:
		winogradOutAVX512(&y[0], 4*row, 4*pixel, &m[0], 4*apart, unsafe.SliceData(start), truth(ramp), channels)
	case avx2:
		winogradOutAVX2(&y[0], 4*row, 4*pixel, &m[0], 4*apart, unsafe.SliceData(start), truth(ramp), channels)
	}
	return level != generic
}

func largestVec(y, x []float32, row, pixel, h, w, channels int) bool {
	switch level {
	case avx512:
		largestAVX512(&y[0], &x[0], 4*row, 4*pixel, h, w, channels)
	case avx2:
		largestAVX2(&y[0], &x[0], 4*row, 4*pixel, h, w, channels)
	}
	return level != generic
}

// planesVec is Planes for eight channels of at least eight pixels. Where those are
// no multiple of 8, the last blocks overlap.
func planesVec(dst []float32, plane int, src []float32, pixel, n int) bool {
	if level == generic || n < 8 {
		return false
	}
	_, _ = dst[7*plane+n-1], src[(n-1)*pixel+7]
	planesAVX2(&dst[0], 4*plane, &src[0], 4*pixel, n&^7)
	if n&7 != 0 {
		planesAVX2(&dst[n-8], 4*plane, &src[(n-8)*pixel], 4*pixel, 8)
	}
	return true
}

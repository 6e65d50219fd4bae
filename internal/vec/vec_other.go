//go:build !amd64 || noasm

package vec

// Plain Go does it all.

func levels() []string { return []string{"generic"} }

func conversionVec(name string) conversionFunc { return nil }

func expVec(dst, x []float64) bool                            { return false }
func expSumVec(e, s, x, m []float64) bool                     { return false }
func expm1Vec(dst, x []float64) bool                          { return false }
func logVec(dst, x []float64) bool                            { return false }
func log1pVec(dst, x []float64) bool                          { return false }
func sigmoidVec(dst, x []float64) bool                        { return false }
func softplusVec(dst, x []float64) bool                       { return false }
func logisticVec(p, q, l, x []float64) bool                   { return false }
func binaryCrossEntropyVec(ce, miss, x, t []float64) bool     { return false }
func binaryFocalVec(dst, x, t []float64, a, b float64) bool   { return false }
func addVec(dst, x, y []float64) bool                         { return false }
func logAddExpVec(dst, x, y []float64) bool                   { return false }
func subVec(dst, x, y []float64) bool                         { return false }
func mulVec(dst, x, y []float64) bool                         { return false }
func ratioVec(dst, x, y []float64) bool                       { return false }
func sub2Vec(dst, x, y, z []float64) bool                     { return false }
func scaleVec(dst []float64, a float64, x []float64) bool     { return false }
func aboveVec(dst []float64, a float64, x []float64) bool     { return false }
func belowVec(dst []float64, a float64, x []float64) bool     { return false }
func axpyVec(dst []float64, a float64, x []float64) bool      { return false }
func affineVec(dst []float64, a, b float64, x []float64) bool { return false }
func sub2ScalarVec(dst, x []float64, a, b float64) bool       { return false }
func maxVec(m, x []float64) bool                              { return false }
func shiftVec(m []float64) bool                               { return false }
func addExpVec(s, x, m []float64) bool                        { return false }
func klNormalVec(dst, x, v []float64) bool                    { return false }
func klPlaneVec(p, q, d, x, y, a, b []float64, s float64) bool {
	return false
}
func powVec(dst, x []float64, a float64) bool { return false }

func spansVec(over, around, a, b, apart, a1, a2, b1, b2 []float64) bool { return false }
func rectifyVec(dst []float64, a, b float64, x []float64) bool          { return false }

func sumVec(x []float64, l *lanes) int                              { return 0 }
func dotVec(x, y []float64, l *lanes) int                           { return 0 }
func squaredDistanceVec(x, y []float64, l *lanes) int               { return 0 }
func absDistanceVec(x, y []float64, l *lanes) int                   { return 0 }
func sumExpVec(x []float64, m float64, l *lanes) int                { return 0 }
func klSumsVec(x, y []float64, a, b, s float64, p, q, d *lanes) int { return 0 }
func maximumVec(x []float64, l *lanes) int                          { return 0 }
func minimumVec(x []float64, l *lanes) int                          { return 0 }
func extremesVec(x []float64, lo, hi *lanes, nans *[8]uint64) int   { return 0 }
func range32Vec(x []float32, lo, hi *[8]float32) int                { return 0 }
func finiteVec(x []float64, l *[8]uint64) int                       { return 0 }
func unitVec(x []float64, l *[8]uint64) int                         { return 0 }
func overlapVec(x, y []float64, sx, sy, sxy *lanes) int             { return 0 }

func transposeVec(dst, src []float64, h, w, to, from int) bool { return false }

var kernel32, kernel64 = kernel[float32]{4, 4, plainKernel32}, kernel[float64]{4, 4, plainKernel64}

var shifted32 = plainShifted32

var right = plainRight

func winogradInVec(v []float32, apart int, x []float32, row, pixel, channels int) bool { return false }

func winogradOutVec(y []float32, row, pixel int, m []float32, apart int, start []float32, ramp bool, channels int) bool {
	return false
}

func largestVec(y, x []float32, row, pixel, h, w, channels int) bool { return false }

func planesVec(dst []float32, plane int, src []float32, pixel, n int) bool { return false }

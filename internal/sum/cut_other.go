//go:build !amd64 || noasm

package sum

func cutVec([]float64, [fold]float64, uint64) (c [fold]uint64, over uint64, n int) {
	return c, 0, 0
}

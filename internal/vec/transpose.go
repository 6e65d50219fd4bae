package vec

// Transpose writes the rows × cols matrix src to dst as cols × rows. The
// slices must not overlap.
func Transpose(dst, src []float64, rows, cols int) {
	const tile = 16 // a tile's lines stay in the first cache
	for r0 := 0; r0 < rows; r0 += tile {
		r1 := min(r0+tile, rows)
		for c0 := 0; c0 < cols; c0 += tile {
			c1 := min(c0+tile, cols)
			for c := c0; c < c1; c++ {
				d := dst[c*rows+r0 : c*rows+r1]
				for i, at := 0, r0*cols+c; i < len(d); i, at = i+1, at+cols {
					d[i] = src[at]
				}
			}
		}
	}
}

package vec

// Transpose writes the rows × cols matrix src to dst as cols × rows. The
// slices must not overlap.
func Transpose(dst, src []float64, rows, cols int) {
	dst, src = dst[:rows*cols], src[:rows*cols]
	switch {
	case rows == 1 || cols == 1:
		copy(dst, src)
		return
	case cols == 2 || cols == 3:
		for c := range cols {
			column := dst[c*rows : (c+1)*rows]
			for i, at := 0, c; i < len(column) && at < len(src); i, at = i+1, at+cols {
				column[i] = src[at]
			}
		}
		return
	case rows == 2 || rows == 3:
		for r := range rows {
			row := src[r*cols : (r+1)*cols]
			for i, at := 0, r; i < len(row) && at < len(dst); i, at = i+1, at+rows {
				dst[at] = row[i]
			}
		}
		return
	}
	const tile = 32 // the lines of a tile stay in the first cache
	for r := 0; r < rows; r += tile {
		h := min(tile, rows-r)
		for c := 0; c < cols; c += tile {
			w := min(tile, cols-c)
			if !transposeVec(dst[c*rows+r:], src[r*cols+c:], h, w, rows, cols) {
				transposeTile(dst[c*rows+r:], src[r*cols+c:], h, w, rows, cols)
			}
		}
	}
}

// transposeTile transposes h × w numbers; lines begin to numbers apart in dst and
// from numbers apart in src.
func transposeTile(dst, src []float64, h, w, to, from int) {
	for c := range w {
		line := dst[c*to : c*to+h]
		for i, at := 0, c; i < len(line); i, at = i+1, at+from {
			line[i] = src[at]
		}
	}
}

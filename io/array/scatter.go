package array

import "slices"

// extend makes b longer by n bytes of any value.
func extend(b []byte, n int) []byte {
	return slices.Grow(b, n)[:len(b)+n]
}

// scatter copies n elements of size bytes, which lie step elements apart in
// src, to dst, where they lie apart elements apart.
func scatter(dst []byte, apart int, src []byte, step, n, size int) {
	if apart == 1 && step == 1 {
		copy(dst[:n*size], src)
		return
	}
	apart *= size
	step *= size
	d, s := 0, 0
	switch size {
	case 1:
		for range n {
			dst[d] = src[s]
			d += apart
			s += step
		}
	case 2:
		for range n {
			*(*[2]byte)(dst[d:]) = *(*[2]byte)(src[s:])
			d += apart
			s += step
		}
	case 4:
		for range n {
			*(*[4]byte)(dst[d:]) = *(*[4]byte)(src[s:])
			d += apart
			s += step
		}
	case 8:
		for range n {
			*(*[8]byte)(dst[d:]) = *(*[8]byte)(src[s:])
			d += apart
			s += step
		}
	}
}

// swap reverses the bytes of each element in place.
func swap(b []byte, size int) {
	if size == 1 {
		return
	}
	for ; len(b) >= size; b = b[size:] {
		slices.Reverse(b[:size])
	}
}

package array

import (
	"math"
	"strconv"
	"unsafe"
)

// tens are the powers of ten that a float64 holds exactly.
var tens = [...]float64{
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
}

// scanNumber reads a decimal number at b[i:], correctly rounded, and returns
// where it ends; j == i where there is none, or where it is beyond float64.
// At most 19 digits that make an integer below 2^53, times or over a power of
// ten up to 22, are one exact operation (Clinger); strconv reads the others.
func scanNumber(b []byte, i int) (v float64, j int) {
	j = i
	neg := false
	if j < len(b) && (b[j] == '-' || b[j] == '+') {
		neg = b[j] == '-'
		j++
	}
	var mant uint64
	first := j
	for j < len(b) {
		d := b[j] - '0'
		if d > 9 {
			break
		}
		mant = mant*10 + uint64(d)
		j++
	}
	digits, exp := j-first, 0
	if j < len(b) && b[j] == '.' {
		j++
		point := j
		for j < len(b) {
			d := b[j] - '0'
			if d > 9 {
				break
			}
			mant = mant*10 + uint64(d)
			j++
		}
		exp = point - j
		digits += j - point
	}
	if digits == 0 {
		return 0, i
	}
	if j < len(b) && b[j]|0x20 == 'e' {
		k, minus, e := j+1, false, 0
		if k < len(b) && (b[k] == '-' || b[k] == '+') {
			minus = b[k] == '-'
			k++
		}
		from := k
		for k < len(b) {
			d := b[k] - '0'
			if d > 9 {
				break
			}
			e = min(e*10+int(d), 1<<20)
			k++
		}
		if k == from {
			return 0, i
		}
		if minus {
			e = -e
		}
		exp += e
		j = k
	}
	if digits <= 19 && mant < 1<<53 && exp >= -22 && exp <= 22 {
		v = float64(mant)
		if exp < 0 {
			v /= tens[-exp]
		} else {
			v *= tens[exp]
		}
		if neg {
			v = -v
		}
		return v, j
	}
	v, err := strconv.ParseFloat(unsafe.String(&b[i], j-i), 64)
	if err != nil {
		return 0, i
	}
	return v, j
}

// parseCell reads a whole cell, without white space around it: a decimal
// number; nan, inf or infinity in any case, with or without a sign; true or
// false (pandas writes True and False) as 1 and 0.
func parseCell(b []byte) (float64, bool) {
	if len(b) == 0 {
		return 0, false
	}
	if v, j := scanNumber(b, 0); j == len(b) {
		return v, true
	}
	if v, ok := parseWord(b); ok {
		return v, true
	}
	return 0, false
}

func parseWord(b []byte) (float64, bool) {
	sign := 1
	word := b
	if b[0] == '-' || b[0] == '+' {
		if b[0] == '-' {
			sign = -1
		}
		word = b[1:]
	}
	if len(word) > 8 {
		return 0, false
	}
	var low [8]byte
	for i, c := range word {
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		low[i] = c
	}
	switch string(low[:len(word)]) {
	case "inf", "infinity":
		return math.Inf(sign), true
	case "nan":
		return math.NaN(), true
	}
	return parseBool(b)
}

// parseBool reads the words of Python and of JSON.
func parseBool(b []byte) (float64, bool) {
	switch string(b) {
	case "True", "true", "TRUE":
		return 1, true
	case "False", "false", "FALSE":
		return 0, true
	}
	return 0, false
}

// integral reports a value that an int64 holds and text writes without loss.
func integral(v float64) bool {
	return v == math.Trunc(v) && math.Abs(v) < 1<<63
}

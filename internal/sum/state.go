package sum

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"strconv"
	"strings"
)

// A count of 2^64 slices, each of width−1 bits, has no more bits than this.
const maxCountBits = 64 + width - 1

const binarySize = 3 + fold*16 + 3*8

// AppendBinary appends the state of s to b, always of the same size: width,
// fold and raise as bytes, then the counts, highest bin first, of 128 bits, then
// the numbers of NaN, +Inf and −Inf of 64 bits, all little-endian.
func (s Sum) AppendBinary(b []byte) ([]byte, error) {
	b = append(b, width, fold, s.raise)
	for _, c := range s.counts {
		b = binary.LittleEndian.AppendUint64(b, c.lo)
		b = binary.LittleEndian.AppendUint64(b, uint64(c.hi))
	}
	for _, n := range [...]uint64{s.nan, s.inf[0], s.inf[1]} {
		b = binary.LittleEndian.AppendUint64(b, n)
	}
	return b, nil
}

// MarshalBinary returns what AppendBinary appends.
func (s Sum) MarshalBinary() ([]byte, error) {
	return s.AppendBinary(make([]byte, 0, binarySize))
}

// UnmarshalBinary sets s to a state that AppendBinary wrote.
func (s *Sum) UnmarshalBinary(b []byte) error {
	if len(b) != binarySize {
		return fmt.Errorf("sum of %d bytes, want %d", len(b), binarySize)
	}
	if err := checkBins(int(b[0]), int(b[1])); err != nil {
		return err
	}
	t := Sum{raise: b[2]}
	b = b[3:]
	for i := range t.counts {
		t.counts[i].lo = binary.LittleEndian.Uint64(b[16*i:])
		t.counts[i].hi = int64(binary.LittleEndian.Uint64(b[16*i+8:]))
	}
	b = b[16*fold:]
	t.nan = binary.LittleEndian.Uint64(b)
	t.inf[0] = binary.LittleEndian.Uint64(b[8:])
	t.inf[1] = binary.LittleEndian.Uint64(b[16:])
	return s.restore(t)
}

// AppendText appends the state of s to b as one word, such as
//
//	40x3+24:-1f,0,3a00:0,0,0
//
// which is width, fold, raise; the counts in base 16, highest bin first; the
// numbers of NaN, +Inf and −Inf.
func (s Sum) AppendText(b []byte) ([]byte, error) {
	b = fmt.Appendf(b, "%dx%d+%d:", width, fold, s.raise)
	for i, c := range s.counts {
		if i > 0 {
			b = append(b, ',')
		}
		b = c.appendHex(b)
	}
	return fmt.Appendf(b, ":%d,%d,%d", s.nan, s.inf[0], s.inf[1]), nil
}

// MarshalText returns what AppendText appends.
func (s Sum) MarshalText() ([]byte, error) { return s.AppendText(nil) }

// UnmarshalText sets s to a state that AppendText wrote.
func (s *Sum) UnmarshalText(text []byte) error {
	var t Sum
	var w, f int
	head, tail, _ := strings.Cut(string(text), ":")
	if _, err := fmt.Sscanf(head, "%dx%d+%d", &w, &f, &t.raise); err != nil {
		return fmt.Errorf("sum %.80q: %w", text, errNoSum)
	}
	if err := checkBins(w, f); err != nil {
		return err
	}
	counts, specials, _ := strings.Cut(tail, ":")
	c := strings.Split(counts, ",")
	for i := 0; i < min(len(c), fold); i++ {
		t.counts[i].parseHex(c[i])
	}
	fmt.Sscanf(specials, "%d,%d,%d", &t.nan, &t.inf[0], &t.inf[1])
	// One state has one text; whatever was misread above shows here.
	if again, _ := t.AppendText(nil); !bytes.Equal(again, text) {
		return fmt.Errorf("sum %.80q: %w", text, errNoSum)
	}
	return s.restore(t)
}

var errNoSum = errors.New("not the state of a sum")

func checkBins(w, f int) error {
	if w != width || f != fold {
		return fmt.Errorf("sum with %d bins of %d bits, want %d of %d", f, w, fold, width)
	}
	return nil
}

// restore sets s to t if t can be the state of a sum.
func (s *Sum) restore(t Sum) error {
	bad := t.raise > maxRaise
	for _, c := range t.counts {
		hi, _, _ := c.abs()
		bad = bad || bits.Len64(hi) > maxCountBits-64
	}
	if bad {
		return errNoSum
	}
	*s = t
	return nil
}

func (c count) appendHex(b []byte) []byte {
	hi, lo, neg := c.abs()
	if neg {
		b = append(b, '-')
	}
	if hi == 0 {
		return strconv.AppendUint(b, lo, 16)
	}
	return fmt.Appendf(b, "%x%016x", hi, lo)
}

// parseHex sets c to what appendHex wrote, to anything where it did not.
func (c *count) parseHex(s string) {
	s, neg := strings.CutPrefix(s, "-")
	var hi uint64
	if n := len(s) - 16; n > 0 {
		hi, _ = strconv.ParseUint(s[:n], 16, 64)
		s = s[n:]
	}
	lo, _ := strconv.ParseUint(s, 16, 64)
	*c = count{int64(hi), lo}
	if neg {
		*c = c.negated()
	}
}

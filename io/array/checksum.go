package array

import (
	"hash/crc32"
	"slices"
	"sync"
)

// A checksum proves the CRC-32 of a stored zip member while it is read in
// pieces of any order: pieces that touch are merged, and when one covers the
// member its CRC is compared. Pieces read before are not counted again.
type checksum struct {
	name string
	want uint32
	head int64 // bytes before the data: the .npy header
	size int64 // all bytes of the member

	mu     sync.Mutex
	pieces []piece // ascending, apart
	done   bool
}

// A piece is the CRC of the bytes [lo, hi).
type piece struct {
	lo, hi int64
	crc    uint32
}

// newChecksum starts with the header.
func newChecksum(name string, want uint32, head []byte, size int64) *checksum {
	c := &checksum{name: name, want: want, head: int64(len(head)), size: size}
	c.pieces = []piece{{0, c.head, crc32.ChecksumIEEE(head)}}
	return c
}

// add counts the bytes b, which were read at off in the data. It returns an
// error when b completes the member and the CRC differs.
func (c *checksum) add(off int64, b []byte) error {
	p := piece{c.head + off, c.head + off + int64(len(b)), 0}
	c.mu.Lock()
	_, fresh := c.place(p)
	c.mu.Unlock()
	if !fresh {
		return nil
	}
	p.crc = crc32.ChecksumIEEE(b)
	c.mu.Lock()
	defer c.mu.Unlock()
	at, fresh := c.place(p)
	if !fresh {
		return nil
	}
	c.pieces = slices.Insert(c.pieces, at, p)
	c.join(at)
	c.join(at - 1)
	if only := c.pieces[0]; len(c.pieces) == 1 && only.hi == c.size {
		c.done = true
		if only.crc != c.want {
			return dataf(c.name, "got CRC-32 %08x, want %08x: the member is damaged", only.crc, c.want)
		}
	}
	return nil
}

// place finds where p belongs; fresh is false where p is empty, overlaps what
// was read, or nothing is left to prove.
func (c *checksum) place(p piece) (at int, fresh bool) {
	if c.done || p.lo >= p.hi {
		return 0, false
	}
	at, _ = slices.BinarySearchFunc(c.pieces, p.lo, func(q piece, lo int64) int {
		if q.lo <= lo {
			return -1
		}
		return 1
	})
	return at, c.pieces[at-1].hi <= p.lo && (at == len(c.pieces) || p.hi <= c.pieces[at].lo)
}

// join merges the pieces i and i+1 where they touch.
func (c *checksum) join(i int) {
	if i < 0 || i+1 >= len(c.pieces) || c.pieces[i].hi != c.pieces[i+1].lo {
		return
	}
	a, b := c.pieces[i], c.pieces[i+1]
	c.pieces[i] = piece{a.lo, b.hi, combineCRC(a.crc, b.crc, b.hi-b.lo)}
	c.pieces = slices.Delete(c.pieces, i+1, i+2)
}

// combineCRC is the CRC-32 of two runs of bytes from the CRC of each and the
// length of the second: a·x^(8n) + b over GF(2), by repeated squaring of x
// modulo the polynomial (Mark Adler, zlib's crc32_combine).
func combineCRC(a, b uint32, n int64) uint32 {
	power := uint32(1) << 31  // x^0; bit 31 is the constant, as bits are reflected
	square := uint32(1) << 23 // x^8
	for ; n > 0; n >>= 1 {
		if n&1 != 0 {
			power = mulCRC(power, square)
		}
		square = mulCRC(square, square)
	}
	return mulCRC(a, power) ^ b
}

// mulCRC multiplies two reflected polynomials modulo CRC-32's.
func mulCRC(a, b uint32) uint32 {
	var p uint32
	for m := uint32(1) << 31; m != 0; m >>= 1 {
		if a&m != 0 {
			p ^= b
		}
		if b&1 != 0 {
			b = b>>1 ^ crc32.IEEE
		} else {
			b >>= 1
		}
	}
	return p
}

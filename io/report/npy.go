package report

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
)

// npyHeader is the length of a .npy header: the data behind it are aligned
// to 64 bytes, and the count can be corrected in place.
const npyHeader = 128

// npySink writes the samples' losses as a float64 array of one axis, in the
// format's version 1. Rows are wanted whether or not they are shown.
type npySink struct {
	*output
	opt Options
	n   int
}

func newNPY(out *output, opt Options) Sink {
	n := &npySink{output: out, opt: opt}
	n.Write(header(opt.Samples))
	return n
}

func (n *npySink) Sample(s *Sample) error {
	x, err := shown(s, n.opt.Show)
	if err != nil {
		n.Abort()
		return err
	}
	n.n++
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], math.Float64bits(float64(x)))
	return n.put(b[:])
}

// Close sets the count right, which only a file allows.
func (n *npySink) Close(*Result) error {
	if n.n != n.opt.Samples {
		err := fmt.Errorf("%d samples came where %d were announced, and a pipe cannot be corrected", n.n, n.opt.Samples)
		if n.path != "" {
			if err = n.Flush(); err == nil {
				_, err = n.file.WriteAt(header(n.n), 0)
			}
		}
		if err != nil {
			n.Abort()
			return failed(n.name, err)
		}
	}
	return n.commit()
}

// header is that of n float64 numbers.
func header(n int) []byte {
	text := fmt.Sprintf("{'descr': '<f8', 'fortran_order': False, 'shape': (%d,), }", n)
	h := append([]byte("\x93NUMPY\x01\x00"), npyHeader-10, 0)
	h = append(h, text...)
	return append(append(h, strings.Repeat(" ", npyHeader-len(h)-1)...), '\n')
}

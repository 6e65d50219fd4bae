package report

import (
	"cmp"
	"io"
	"os"
)

const (
	spoolPiece = 1 << 18 // bytes of one piece
	spoolLimit = 64      // pieces in memory: 16 MiB
)

// A spool keeps bytes that must be written later: up to 16 MiB in memory,
// all of them in a temporary file beyond. The file has no name while it is
// used, so that nothing is left behind, however the program ends.
type spool struct {
	folder string   // of the file; "": the system's
	pieces [][]byte // full ones, and the last
	file   *os.File
	temp   string // name of the file, where the system cannot remove it yet
}

func (s *spool) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		if len(s.pieces) == 0 || len(s.pieces[len(s.pieces)-1]) == spoolPiece {
			if err := s.room(); err != nil {
				return n - len(p), s.failed(err)
			}
		}
		last := &s.pieces[len(s.pieces)-1]
		k := min(spoolPiece-len(*last), len(p))
		*last = append(*last, p[:k]...)
		p = p[k:]
	}
	return n, nil
}

// room makes an empty last piece: a new one, or the first one recycled after
// all of them went to the file.
func (s *spool) room() error {
	if s.file == nil && len(s.pieces) < spoolLimit {
		s.pieces = append(s.pieces, make([]byte, 0, spoolPiece))
		return nil
	}
	if err := s.spill(); err != nil {
		return err
	}
	s.pieces = append(s.pieces[:0], s.pieces[0][:0])
	return nil
}

// spill moves the pieces to the file, which it creates.
func (s *spool) spill() error {
	if s.file == nil {
		f, err := os.CreateTemp(s.folder, ".lossctl-rows-")
		if err != nil {
			return err
		}
		s.file = f
		if os.Remove(f.Name()) != nil {
			s.temp = f.Name()
		}
	}
	for i, p := range s.pieces {
		if _, err := s.file.Write(p); err != nil {
			return err
		}
		if i > 0 {
			s.pieces[i] = nil
		}
	}
	return nil
}

// copyTo writes everything to w.
func (s *spool) copyTo(w io.Writer) error {
	if s.file != nil {
		if _, err := s.file.Seek(0, io.SeekStart); err != nil {
			return s.failed(err)
		}
		buf := make([]byte, spoolPiece)
		if _, err := io.CopyBuffer(struct{ io.Writer }{w}, s.file, buf); err != nil {
			return s.failed(err)
		}
	}
	for _, p := range s.pieces {
		if _, err := w.Write(p); err != nil {
			return err
		}
	}
	return nil
}

// failed names the spool; an error that names another place stays.
func (s *spool) failed(err error) error {
	return failed("temporary file in "+cmp.Or(s.folder, os.TempDir()), err)
}

// close forgets everything.
func (s *spool) close() {
	if s.file != nil {
		s.file.Close()
	}
	if s.temp != "" {
		os.Remove(s.temp)
	}
	*s = spool{folder: s.folder}
}

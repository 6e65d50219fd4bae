package array

import (
	"bufio"
	"io"
	"strings"
)

// readNames reads a text file of one name a line. Line breaks may be those of
// Windows; a byte order mark and empty lines at the end are dropped.
func readNames(path string, opt Options) ([]string, error) {
	in, err := openInput(path, opt)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return in.names()
}

func (in *input) names() ([]string, error) {
	var r io.Reader = in.stream
	if in.file != nil {
		r = io.NewSectionReader(in.file, 0, in.file.size)
	}
	if what := foreign(in.head); what != "" {
		return nil, dataf(in.name, "got %s, want one name a line", what)
	}
	var names []string
	s := bufio.NewScanner(r)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		line := s.Text()
		if strings.IndexByte(line, 0) >= 0 {
			return nil, dataf(in.name, "line %d: got binary data, want one name a line", len(names)+1)
		}
		if len(names) == 0 {
			line = strings.TrimPrefix(line, "\xef\xbb\xbf")
		}
		names = append(names, strings.TrimSpace(line))
	}
	if s.Err() == bufio.ErrTooLong {
		return nil, dataf(in.name, "line %d: got a name of more than %d bytes", len(names)+1, 1<<20)
	}
	if s.Err() != nil {
		return nil, fileError(in.name, s.Err())
	}
	for len(names) > 0 && names[len(names)-1] == "" {
		names = names[:len(names)-1]
	}
	return names, nil
}

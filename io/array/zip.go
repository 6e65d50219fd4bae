package array

import (
	"archive/zip"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/flate"

	"lossctl/loss"
)

// checkAtOnce is the size up to which a stored member is read at Open to
// prove its CRC; a larger one is proved when the last of it was read.
const checkAtOnce = 4 << 20

// An archive is an opened .npz: a zip file of .npy members.
type archive struct {
	file *file
	zip  *zip.Reader
}

func openArchive(f *file) (*archive, error) {
	z, err := zip.NewReader(f, f.size)
	if err != nil {
		return nil, dataf(f.name, "broken zip archive: %s", strings.TrimPrefix(err.Error(), "zip: "))
	}
	z.RegisterDecompressor(zip.Deflate, func(r io.Reader) io.ReadCloser { return flate.NewReader(r) })
	return &archive{f, z}, nil
}

// members lists the arrays by the name that numpy gives them.
func (a *archive) members() []string {
	var names []string
	for _, m := range a.zip.File {
		if strings.HasSuffix(m.Name, ".npy") {
			names = append(names, strings.TrimSuffix(m.Name, ".npy"))
		}
	}
	return names
}

// member finds an array by name, with or without .npy; "" is the only one.
func (a *archive) member(name string) (*zip.File, error) {
	names := a.members()
	if name == "" {
		if len(names) == 0 {
			return nil, dataf(a.file.name, "got a zip archive of no arrays, want .npy members")
		}
		if len(names) > 1 {
			return nil, dataf(a.file.name, "got %d arrays, want one of them by name: %s", len(names), listed(a.file.name, names))
		}
		name = names[0]
	}
	var found *zip.File
	for _, m := range a.zip.File {
		if m.Name == name || m.Name == name+".npy" {
			if found != nil {
				return nil, dataf(a.file.name, "got two members %q, want one", m.Name)
			}
			found = m
		}
	}
	if found == nil {
		return nil, dataf(a.file.name, "got no member %q, want one of: %s", name, strings.Join(few(names), ", "))
	}
	return found, nil
}

// open makes a source of one member and takes over the file. A stored
// member is read at random, a deflated one is a stream.
func (a *archive) open(label, name string, opt Options) (loss.Source, *npyHeader, error) {
	m, err := a.member(name)
	if err != nil {
		return nil, nil, err
	}
	if m.Flags&1 != 0 {
		return nil, nil, dataf(label, "got an encrypted member, want a plain one")
	}
	if m.Method != zip.Store && m.Method != zip.Deflate {
		return nil, nil, dataf(label, "got zip method %d, want stored or deflated members (np.savez, np.savez_compressed)", m.Method)
	}
	if m.UncompressedSize64 > 1<<62 || m.CompressedSize64 > uint64(a.file.size) {
		return nil, nil, dataf(label, "got a member of %d bytes in an archive of %d", m.CompressedSize64, a.file.size)
	}
	off, err := m.DataOffset()
	if err != nil || off+int64(m.CompressedSize64) > a.file.size {
		return nil, nil, dataf(label, "got a member that reaches beyond the end of the archive")
	}
	if m.Method == zip.Store {
		return a.stored(label, m, off)
	}
	r, err := m.Open()
	if err != nil {
		return nil, nil, fileError(label, err)
	}
	h, err := readNpyHeader(label, r)
	r.Close()
	if err != nil {
		return nil, nil, err
	}
	l, err := h.layout(label)
	if err != nil {
		return nil, nil, err
	}
	if err := l.checkBytes(int64(m.UncompressedSize64) - h.length); err != nil {
		return nil, nil, err
	}
	l.format = formatZip
	s := newStream(l, opt, a.file, func() (io.ReadCloser, error) {
		r, err := m.Open()
		if err != nil {
			return nil, fileError(label, err)
		}
		if err := discard(label, r, h.length); err != nil {
			r.Close()
			return nil, err
		}
		return newAhead(r, r.Close), nil
	})
	source, err := s.inOrder()
	return source, h, err
}

// stored reads a member without compression in place.
func (a *archive) stored(label string, m *zip.File, off int64) (loss.Source, *npyHeader, error) {
	if m.CompressedSize64 != m.UncompressedSize64 {
		return nil, nil, dataf(label, "got %d bytes stored, want %d", m.CompressedSize64, m.UncompressedSize64)
	}
	size := int64(m.UncompressedSize64)
	source, h, err := openNpy(a.file.section(label, off, size), formatZip)
	if err != nil {
		return nil, nil, err
	}
	head := make([]byte, h.length)
	whole := a.file.section(label, off, size)
	if err := whole.read(head, 0); err != nil {
		return nil, nil, err
	}
	sum := newChecksum(label, m.CRC32, head, size)
	d, random := source.(*dense)
	if random && size > checkAtOnce {
		d.sum = sum
		return source, h, nil
	}
	buf := make([]byte, min(size, 1<<20))
	for at := h.length; at < size; at += int64(len(buf)) {
		buf = buf[:min(int64(len(buf)), size-at)]
		if err := whole.read(buf, at); err != nil {
			return nil, nil, err
		}
		if err := sum.add(at-h.length, buf); err != nil {
			return nil, nil, err
		}
	}
	return source, h, nil
}

// listed shows members the way a user types them.
func listed(file string, names []string) string {
	if file == stdinName {
		file = "-"
	}
	shown := few(names)
	for i := range min(len(shown), 8) {
		shown[i] = file + ":" + shown[i]
	}
	return strings.Join(shown, ", ")
}

// few copies at most eight names, with … for the rest.
func few(names []string) []string {
	var shown []string
	for i, name := range names {
		if i == 8 {
			return append(shown, fmt.Sprintf("… (%d in all)", len(names)))
		}
		shown = append(shown, short(name))
	}
	return shown
}

package image

import (
	"fmt"

	"lossctl/internal/vec"
	"lossctl/loss"
)

// frames are pictures of one size as one array of shape N H W 3. A picture is
// decoded whenever its pixels are asked for, so that none is kept.
type frames struct {
	name   string
	list   []*picture
	decode func(dst []float64, src []byte) (lo, hi float64)
}

// OpenAll reads the headers of pictures, which have one size.
func OpenAll(name string, paths []string, alpha string) (loss.Source, error) {
	f := &frames{name: name}
	for _, path := range paths {
		src, err := Open(path, alpha)
		if err != nil {
			return nil, err
		}
		p := src.(*picture)
		f.list = append(f.list, p)
		first := f.list[0]
		if p.shape[0] != first.shape[0] || p.shape[1] != first.shape[1] || p.deep != first.deep {
			return nil, dataf(path, "got %s, want %s as %s has", p.describe(), first.describe(), first.name)
		}
	}
	f.decode = vec.Converter(f.Dtype(), false)
	return f, nil
}

func (p *picture) describe() string {
	return fmt.Sprintf("%d×%d pixels of %s", p.shape[1], p.shape[0], p.Dtype())
}

func (f *frames) Name() string     { return f.name }
func (f *frames) Shape() []int     { return append([]int{len(f.list)}, f.list[0].shape...) }
func (f *frames) Dtype() string    { return f.list[0].Dtype() }
func (f *frames) Sequential() bool { return false }
func (f *frames) Spool() error     { return nil }
func (f *frames) Close() error     { return nil }

func (f *frames) Fetch(buf *loss.Buffer, lo, hi int) error {
	size, w := loss.Volume(f.list[0].shape), loss.ItemBytes(f.Dtype())
	for lo < hi {
		k := lo / size
		raw, err := f.list[k].read()
		if err != nil {
			return err
		}
		end := min(hi, (k+1)*size)
		buf.Bytes = append(buf.Bytes, raw[(lo-k*size)*w:(end-k*size)*w]...)
		lo = end
	}
	return nil
}

func (f *frames) Decode(dst []float64, buf *loss.Buffer, pos int) (lo, hi float64) {
	w := loss.ItemBytes(f.Dtype())
	return f.decode(dst, buf.Bytes[pos*w:(pos+len(dst))*w])
}

package commands

import (
	"path/filepath"
	"strconv"
	"strings"

	"lossctl/io/array"
	"lossctl/io/report"
	"lossctl/loss"
)

// maps are where --spatial goes: one array, one picture, or a folder with an
// array and a picture for every sample.
type maps struct {
	array  *array.Writer
	grey   *report.Grey
	folder *report.Folder
}

// openMaps begins the maps.
func (r *run) openMaps(out *outputs, seen map[string]string) error {
	dest, l := r.o.spatial, r.o.loss
	if dest == "" {
		return nil
	}
	if why := l.NoMap(); why != "" {
		return usagef("--spatial: %s", why)
	}
	ending := strings.ToLower(filepath.Ext(dest))
	if _, pairs := r.in.parts.(*pairParts); pairs && ending == ".npy" {
		return usagef("--spatial: got %s for pairs of files, whose sizes may differ, want the name of a folder", dest)
	}
	if ending == ".png" && r.in.samples != 1 {
		return usagef("--spatial: got %s for %d pairs of pictures, want the name of a folder", dest, r.in.samples)
	}
	if err := r.mayWrite("spatial", dest, seen); err != nil {
		return err
	}
	m := &maps{}
	var err error
	switch ending {
	case ".npy":
		shape := r.in.frame.Map
		if len(r.in.arrays[0].shape) > 3 {
			shape = append([]int{r.in.samples}, shape...)
		}
		m.array, err = array.Create(dest, "float32", shape)
	case ".png":
		m.grey, err = report.OpenGrey(dest)
	default:
		m.folder, err = report.OpenFolder(dest)
	}
	if err == nil {
		out.maps = m
	}
	return err
}

// put writes the map of a sample.
func (m *maps) put(row *report.Sample, x *loss.Map) error {
	switch {
	case m.array != nil:
		return m.array.Append(x.X)
	case m.grey != nil:
		return m.grey.Put(x.X, x.H, x.W, x.White)
	}
	name := row.ID
	if name == "" {
		name = strconv.Itoa(row.Index)
	}
	file, err := m.folder.File(filepath.FromSlash(name) + ".npy")
	if err != nil {
		return err
	}
	w, err := array.Create(file, "float32", []int{x.H, x.W})
	if err != nil {
		return err
	}
	if err := w.Append(x.X); err != nil {
		w.Abort()
		return err
	}
	if err := w.Commit(); err != nil {
		return err
	}
	if file, err = m.folder.File(filepath.FromSlash(name) + ".png"); err != nil {
		return err
	}
	g, err := report.OpenGrey(file)
	if err != nil {
		return err
	}
	defer g.Abort()
	if err := g.Put(x.X, x.H, x.W, x.White); err != nil {
		return err
	}
	return g.Close()
}

// close makes the maps appear.
func (m *maps) close() error {
	switch {
	case m.array != nil:
		return m.array.Commit()
	case m.grey != nil:
		return m.grey.Close()
	}
	return m.folder.Close()
}

func (m *maps) abort() {
	switch {
	case m.array != nil:
		m.array.Abort()
	case m.grey != nil:
		m.grey.Abort()
	default:
		m.folder.Abort()
	}
}

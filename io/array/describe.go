package array

import (
	"fmt"

	"lossctl/loss"
)

// An Info is what the headers say about a source.
type Info struct {
	Name    string
	Format  string // "npy", "npz", "pt", "csv", "jsonl", "safetensors", "png" or "nii", or of a picture; of the first shard
	Version string // of .npy "1.0", of .nii "2 int16 ×0.5 +1", of .png "palette"
	Shape   []int
	Dtype   string   // as Source.Dtype
	Order   string   // "C" or "F": first axis fastest on disk
	Endian  string   // "little" or "big"; "" for text and single bytes
	Columns []string // of csv: the selected ones, by name or number
	Shards  int      // 0 where there is one file
}

// Describe says how a source is stored.
func Describe(s loss.Source) Info {
	info := Info{Name: s.Name(), Shape: s.Shape(), Dtype: s.Dtype(), Order: "C"}
	switch s := s.(type) {
	case *scaled:
		inner := Describe(s.Source)
		inner.Dtype = info.Dtype
		return inner
	case *joined:
		inner := Describe(s.shards[0])
		info.Format, info.Order, info.Endian, info.Columns = inner.Format, inner.Order, inner.Endian, inner.Columns
		info.Shards = len(s.shards)
	case *dense:
		info.stored(&s.layout)
	case *stream:
		info.stored(&s.layout)
	case *fortran:
		info.stored(&s.layout)
		info.Order = "F"
	case *jsonLines:
		info.Format = string(formatLines)
	case *table:
		info.Format = string(formatTable)
		for _, c := range s.columns {
			info.Columns = append(info.Columns, s.columnName(c))
		}
	case interface{ Format() string }:
		info.Format = s.Format()
	}
	return info
}

func (info *Info) stored(l *layout) {
	info.Format, info.Version = string(l.format), l.version
	if l.scaling != "" {
		info.Version += " " + l.dtype + " " + l.scaling
	}
	if l.size > 1 {
		info.Endian = "little"
		if l.big {
			info.Endian = "big"
		}
	}
}

// Members lists the arrays of an .npz, .safetensors or .pt file by name, in the
// order of the file. It is nil for a file that holds one array without a
// name. Standard input cannot be listed, as that would read it.
func Members(path string) ([]string, error) {
	if path == "-" {
		return nil, dataf(stdinName, "got a pipe, want a file to list")
	}
	opt := Options{}
	in, err := openInput(path, opt)
	if err != nil {
		return nil, err
	}
	defer func() { in.Close() }()
	kind, err := sniff(in.name, in.plain, in.head)
	if err != nil || kind != formatZip && kind != formatSafetensors && kind != formatLegacy {
		return nil, err
	}
	if err := in.spooled(opt); err != nil {
		return nil, err
	}
	if kind == formatZip {
		a, err := openArchive(in.file)
		if err != nil {
			return nil, err
		}
		if _, ok := a.torchPrefix(); ok {
			names, _, err := a.tensors()
			return names, err
		}
		return a.members(), nil
	}
	if kind == formatLegacy {
		l, err := readLegacy(in.file)
		if err != nil {
			return nil, err
		}
		return l.names, nil
	}
	tensors, _, err := readTensors(in.file)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(tensors))
	for i, t := range tensors {
		names[i] = t.name
	}
	return names, nil
}

// String is one line: "(3, 4) float32, npy 1.0, C order, little-endian".
func (info Info) String() string {
	text := fmt.Sprintf("%s %s, %s", shapeText(info.Shape), info.Dtype, info.Format)
	if info.Version != "" {
		text += " " + info.Version
	}
	if info.Format != string(formatTable) && info.Format != string(formatLines) {
		text += ", " + info.Order + " order"
	}
	if info.Endian != "" {
		text += ", " + info.Endian + "-endian"
	}
	if info.Shards > 0 {
		text += fmt.Sprintf(", %d shards", info.Shards)
	}
	return text
}

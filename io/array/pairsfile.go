package array

import (
	"path/filepath"
	"strings"
)

// ReadPairs reads a csv file with a header that has the columns pred and
// target, whose paths are relative to its folder. A column id names the
// pairs, else pred does. All columns but pred and target are kept as text.
func ReadPairs(path string) ([]Pair, error) {
	in, err := openInput(path, Options{})
	if err != nil {
		return nil, err
	}
	defer func() { in.Close() }()
	if _, err := sniff(in.name, in.plain, in.head); err != nil {
		return nil, err
	}
	if err := in.spooled(Options{}); err != nil {
		return nil, err
	}
	t, err := readTable(in.file, in.plain, Options{})
	if err != nil {
		return nil, err
	}
	pred, target, id := t.column("pred"), t.column("target"), t.column("id")
	if pred < 0 || target < 0 {
		return nil, dataf(path, "got columns %s, want pred and target", strings.Join(few(t.header), ", "))
	}
	resolve := func(spec string) string {
		if filepath.IsAbs(spec) {
			return spec
		}
		return filepath.Join(filepath.Dir(path), spec)
	}
	pairs := make([]Pair, 0, t.lines.records)
	err = t.lines.each(0, t.lines.records, func(_ int, line []byte) error {
		cells, err := splitCells(line, t.delim)
		if err != nil {
			return err
		}
		if len(cells) != t.fields {
			return t.ragged(len(cells))
		}
		for i, c := range cells {
			cells[i] = strings.TrimSpace(c)
		}
		for _, c := range []int{pred, target} {
			if cells[c] == "" {
				return &lineError{"column " + t.columnName(c), "got an empty cell, want a file"}
			}
		}
		p := Pair{ID: cells[pred], Pred: resolve(cells[pred]), Target: resolve(cells[target]), Columns: map[string]string{}}
		if id >= 0 {
			p.ID = cells[id]
		}
		for i, c := range cells {
			if i != pred && i != target {
				p.Columns[t.columnName(i)] = c
			}
		}
		pairs = append(pairs, p)
		return nil
	})
	if err == nil && len(pairs) == 0 {
		err = dataf(path, "got no rows, want one a pair")
	}
	return pairs, err
}

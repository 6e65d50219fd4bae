package array

import (
	"slices"

	"lossctl/loss"
)

// sampled is how many records decide, at open, whether all are integers.
const sampled = 4096

// A table is a csv or tsv file of numbers: shape (N,) for one column, (N, K)
// for more. Fetch parses the records that it needs and may be called
// concurrently.
//
// Quotation marks are those of encoding/csv. White space around a cell is
// ignored. A cell is a decimal number, nan, inf, true, false, or one of
// Options.Classes, which counts as its place in the list. The dtype is int64
// where every selected cell is an integer, float64 else: where the first
// 4,096 records are integers, the others are looked through.
type table struct {
	lines   *lines
	name    string
	shape   []int
	dtype   string
	delim   byte
	fields  int      // columns of the file
	header  []string // nil where there is none
	columns []int    // those selected, in order
	slot    []int    // place of each field of the file among columns, or -1
	last    int      // the last field that is selected
	classes map[string]float64
}

func (t *table) Name() string     { return t.name }
func (t *table) Shape() []int     { return t.shape }
func (t *table) Dtype() string    { return t.dtype }
func (t *table) Sequential() bool { return false }
func (t *table) Spool() error     { return nil }
func (t *table) Close() error     { return t.lines.file.Close() }
func (t *table) release() error   { return t.lines.file.release() }

// openTable takes over the file. plain is the name whose ending counts.
func openTable(f *file, plain, columns string, opt Options) (loss.Source, error) {
	t, err := readTable(f, plain, opt)
	if err != nil {
		return nil, err
	}
	t.name = label(f.name, columns)
	if t.columns, err = t.choose(columns); err != nil {
		return nil, err
	}
	if err := t.prepare(); err != nil {
		return nil, err
	}
	return t, nil
}

// readTable finds delimiter and header and counts the records.
func readTable(f *file, plain string, opt Options) (*table, error) {
	l := &lines{file: f, quoted: true}
	if f.size >= 3 {
		var bom [3]byte
		if err := f.read(bom[:], 0); err != nil {
			return nil, err
		}
		if string(bom[:]) == "\xef\xbb\xbf" {
			l.start = 3
		}
	}
	t := &table{lines: l, name: f.name, classes: classIDs(opt.Classes)}
	var rows [][]byte // the first two
	var at []int64
	err := l.walk(l.start, 4<<10, func(line []byte, off int64) (bool, error) {
		rows, at = append(rows, slices.Clone(line)), append(at, off)
		return len(rows) < 2, nil
	})
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, dataf(f.name, "got an empty file, want rows of numbers")
	}
	t.delim = delimiter(plain, rows[0])
	cells := make([][]string, len(rows))
	for i, row := range rows {
		if cells[i], err = splitCells(row, t.delim); err != nil && i == 0 {
			return nil, l.place(err, at[i])
		}
	}
	t.fields = len(cells[0])
	l.start = at[0]
	if t.isHeader(cells) {
		t.header = cells[0]
		l.start = f.size
		if len(rows) > 1 {
			l.start = at[1]
		}
	}
	return t, l.index(true)
}

// prepare finishes a table whose columns are known.
func (t *table) prepare() error {
	t.slot = make([]int, t.fields)
	for i := range t.slot {
		t.slot[i] = -1
	}
	for i, c := range t.columns {
		t.slot[c] = i
		t.last = max(t.last, c)
	}
	t.shape = []int{t.lines.records}
	if len(t.columns) > 1 {
		t.shape = append(t.shape, len(t.columns))
	}
	t.dtype = "int64"
	row := make([]float64, len(t.columns))
	return t.lines.each(0, t.lines.records, func(i int, line []byte) error {
		if i >= sampled && !t.lines.floats || t.dtype == "float64" {
			return errEnough
		}
		if err := t.parse(row, line); err != nil {
			if i >= sampled {
				return errEnough // Fetch reports it
			}
			return err
		}
		if !allIntegral(row) {
			t.dtype = "float64"
		}
		return nil
	})
}

func (t *table) Fetch(buf *loss.Buffer, lo, hi int) error {
	return t.lines.fetch(buf, t.name, len(t.columns), lo, hi, t.parse)
}

func (t *table) Decode(dst []float64, buf *loss.Buffer, pos int) (lo, hi float64) {
	copy(dst, buf.Floats[pos:pos+len(dst)])
	return loss.Unknown()
}

// classIDs maps each name to its place. Two classes of one name, as ImageNet
// has, are named by their ids alone.
func classIDs(names []string) map[string]float64 {
	ids := make(map[string]float64, len(names))
	seen := make(map[string]bool, len(names))
	for i, name := range names {
		if ids[name] = float64(i); seen[name] {
			delete(ids, name)
		}
		seen[name] = true
	}
	return ids
}

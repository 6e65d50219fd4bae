package array

import (
	"encoding/binary"
	"math"
	"os"
	"runtime"

	"lossctl/internal/vec"
	"lossctl/loss"
)

// OpenKeyed opens two csv files whose rows are joined by the column key: the
// rows of the second come in the order of the first. Every id must occur once
// in each file; a missing or repeated one is an error. The key column is no
// data column, even where a spec names it. The ids are returned in order, and
// held in memory; where the orders differ, the second file is copied, as
// float64, to a bounded temporary file.
func OpenKeyed(first, second, key string, a, b Options) (p, t loss.Source, ids []string, err error) {
	one, ids, err := keyedTable(first, key, a)
	if err != nil {
		return nil, nil, nil, err
	}
	two, others, err := keyedTable(second, key, b)
	if err != nil {
		one.Close()
		return nil, nil, nil, err
	}
	fail := func(err error) (loss.Source, loss.Source, []string, error) {
		one.Close()
		two.Close()
		return nil, nil, nil, err
	}
	place := make(map[string]int, len(ids)) // of an id in the first file
	for i, id := range ids {
		if k, ok := place[id]; ok {
			return fail(dataf(one.name, "got id %q in rows %d and %d of column %s, want it once", id, k+1, i+1, key))
		}
		place[id] = i
	}
	to := make([]int, len(others)) // where each row of the second file goes
	from := make([]int, len(ids))  // 1 + the row of the second file, 0: none
	sorted := len(ids) == len(others)
	for i, id := range others {
		k, ok := place[id]
		if !ok {
			return fail(dataf(two.name, "got id %q, which %s does not have", id, one.name))
		}
		if from[k] > 0 {
			return fail(dataf(two.name, "got id %q in rows %d and %d of column %s, want it once", id, from[k], i+1, key))
		}
		to[i], from[k] = k, i+1
		sorted = sorted && k == i
	}
	for k, row := range from {
		if row == 0 {
			return fail(dataf(two.name, "got no row of id %q, which %s has", ids[k], one.name))
		}
	}
	p, t = one, two
	if !sorted {
		if t, err = two.reordered(to, b); err != nil {
			return fail(err)
		}
		two.Close()
	}
	if p, err = scale(p, a); err == nil {
		t, err = scale(t, b)
	}
	if err != nil {
		return fail(err)
	}
	return p, t, ids, nil
}

// keyedTable opens a csv file without its key column, and reads that.
func keyedTable(spec, key string, opt Options) (*table, []string, error) {
	path, columns := splitSpec(spec)
	in, err := openInput(path, opt)
	if err != nil {
		return nil, nil, err
	}
	t, ids, err := in.keyed(columns, key, opt)
	if err != nil {
		in.Close()
	}
	return t, ids, err
}

func (in *input) keyed(columns, key string, opt Options) (*table, []string, error) {
	if kind, err := sniff(in.name, in.plain, in.head); err != nil {
		return nil, nil, err
	} else if kind != formatTable {
		return nil, nil, dataf(in.name, "got %s, want csv or tsv to join by column %s", kind, key)
	}
	if err := in.spooled(opt); err != nil {
		return nil, nil, err
	}
	t, err := readTable(in.file, in.plain, opt)
	if err != nil {
		return nil, nil, err
	}
	t.name = in.name
	at, err := t.part(key)
	if err != nil {
		return nil, nil, err
	}
	if len(at) != 1 {
		return nil, nil, dataf(in.name, "got %d columns for key %s, want one", len(at), key)
	}
	t.name = label(in.name, columns)
	chosen, err := t.choose(columns)
	if err != nil {
		return nil, nil, err
	}
	for _, c := range chosen {
		if c != at[0] {
			t.columns = append(t.columns, c)
		}
	}
	if len(t.columns) == 0 {
		return nil, nil, dataf(t.name, "got no column but the key %s, want data", key)
	}
	if err := t.prepare(); err != nil {
		return nil, nil, err
	}
	ids, err := t.strings(t.name, t.selector(at[0]))
	return t, ids, err
}

// selector names one column so that choose finds it.
func (t *table) selector(c int) string {
	if t.header != nil && t.column(t.header[c]) == c {
		return t.header[c]
	}
	return t.columnNumber(c)
}

// reordered copies the table to a temporary file, row i to place to[i].
func (t *table) reordered(to []int, opt Options) (loss.Source, error) {
	k := len(t.columns)
	bound := opt.MaxSpool
	if bound <= 0 {
		bound = defaultSpool
	}
	size := int64(len(to)) * int64(k) * 8
	if size > bound {
		return nil, dataf(t.name, "got %d bytes to reorder, want at most the %d that may be spooled to a temporary file; sort both files by id", size, bound)
	}
	machine := func(err error) error {
		return &Error{Name: t.name, Msg: "temporary file: " + cause(err), Machine: true, Err: err}
	}
	tmp, err := os.CreateTemp(opt.TempDir, "lossctl-*.spool")
	if err != nil {
		return nil, machine(err)
	}
	if runtime.GOOS != "windows" {
		os.Remove(tmp.Name())
	}
	row := make([]byte, 8*k)
	for lo := 0; lo < len(to); lo += 1024 {
		hi := min(len(to), lo+1024)
		cells, err := values(t, lo*k, hi*k)
		if err != nil {
			tmp.Close()
			return nil, err
		}
		for i := lo; i < hi; i++ {
			for c := range k {
				binary.LittleEndian.PutUint64(row[8*c:], math.Float64bits(cells[(i-lo)*k+c]))
			}
			if _, err := tmp.WriteAt(row, int64(to[i])*int64(8*k)); err != nil {
				tmp.Close()
				return nil, machine(err)
			}
		}
	}
	l := layout{name: t.name, shape: t.shape, dtype: t.dtype, size: 8, count: len(to) * k, format: formatTable, convert: vec.Converter("float64", false)}
	return &dense{layout: l, file: &file{name: t.name, f: tmp, size: size}}, nil
}

// values reads a range of a source as float64.
func values(s loss.Source, lo, hi int) ([]float64, error) {
	buf := &loss.Buffer{}
	if err := s.Fetch(buf, lo, hi); err != nil {
		return nil, err
	}
	dst := make([]float64, hi-lo)
	s.Decode(dst, buf, 0)
	return dst, nil
}

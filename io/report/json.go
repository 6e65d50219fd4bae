package report

// jsonSink writes one object. Rows that come before the summary are encoded
// at once and wait in a spool for their place.
type jsonSink struct {
	*output
	opt  Options
	rows spool
	n    int
	row  []byte
}

func newJSON(out *output, opt Options) Sink {
	return &jsonSink{output: out, opt: opt, rows: spool{folder: out.folder()}}
}

func (j *jsonSink) Sample(s *Sample) error {
	if !j.opt.PerSample {
		return nil
	}
	j.row = appendBreak(j.row[:0], j.n, j.opt.Pretty)
	j.row = s.append(j.row)
	j.n++
	if _, err := j.rows.Write(j.row); err != nil {
		j.Abort()
		return err
	}
	return nil
}

func (j *jsonSink) Close(r *Result) error {
	defer j.Abort()
	o := object{pretty: j.opt.Pretty}
	o.head(r)
	o.key("per_sample")
	o.buf = append(o.buf, '[')
	j.Write(o.buf) // the buffered writer keeps the error for commit
	if err := j.rows.copyTo(j); err != nil {
		return err
	}
	o.buf = o.buf[:0]
	o.endList(j.n)
	o.tail(r)
	o.buf = append(o.buf, '\n')
	j.Write(o.buf)
	return j.commit()
}

func (j *jsonSink) Abort() {
	j.rows.close()
	j.output.Abort()
}

// MarshalJSON writes the object without rows of per_sample.
func (r *Result) MarshalJSON() ([]byte, error) {
	var o object
	o.head(r)
	o.key("per_sample")
	o.buf = append(o.buf, "[]"...)
	o.tail(r)
	return o.buf, nil
}

// An object encodes the result, on one line or a key a line.
type object struct {
	buf    []byte
	pretty bool
	keys   int
}

// head writes what stands before the rows of per_sample.
func (o *object) head(r *Result) {
	o.add("schema", max(r.Schema, SchemaVersion))
	o.add("loss", r.Loss)
	o.add("value", r.Value)
	o.add("reduction", r.Reduction)
	o.add("count", r.Count)
	o.add("unit", r.Unit)
	o.add("samples", r.Samples)
	o.add("skipped", r.Skipped)
	o.add("layout", r.Layout)
	o.add("params", r.Params)
	o.add("convention", r.Convention)
	o.add("formula", r.Formula)
	o.add("inputs", r.Inputs)
	o.add("components", r.Components)
	if r.Stats != nil {
		o.add("stats", r.Stats)
	} else {
		o.add("stats", Fields{})
	}
	list(o, "per_class", r.PerClass)
	list(o, "per_group", r.PerGroup)
}

// tail writes what stands behind them.
func (o *object) tail(r *Result) {
	list(o, "warnings", r.Warnings)
	o.add("version", r.Version)
	if o.pretty {
		o.buf = append(o.buf, '\n')
	}
	o.buf = append(o.buf, '}')
}

func (o *object) add(name string, v any) {
	o.key(name)
	o.buf = appendValue(o.buf, v)
}

func (o *object) key(name string) {
	switch {
	case o.keys == 0 && o.pretty:
		o.buf = append(o.buf, "{\n  "...)
	case o.keys == 0:
		o.buf = append(o.buf, '{')
	case o.pretty:
		o.buf = append(o.buf, ",\n  "...)
	default:
		o.buf = append(o.buf, ',')
	}
	o.keys++
	o.buf = appendKey(o.buf, name, true)
	if o.pretty {
		o.buf = append(o.buf, ' ')
	}
}

// list writes rows, a line each when pretty.
func list[T any](o *object, name string, rows []T) {
	o.key(name)
	o.buf = append(o.buf, '[')
	for i := range rows {
		o.buf = appendBreak(o.buf, i, o.pretty)
		o.buf = appendValue(o.buf, rows[i])
	}
	o.endList(len(rows))
}

func (o *object) endList(rows int) {
	if o.pretty && rows > 0 {
		o.buf = append(o.buf, "\n  "...)
	}
	o.buf = append(o.buf, ']')
}

// appendBreak appends what stands before row i of a list.
func appendBreak(dst []byte, i int, pretty bool) []byte {
	if i > 0 {
		dst = append(dst, ',')
	}
	if pretty {
		dst = append(dst, "\n    "...)
	}
	return dst
}

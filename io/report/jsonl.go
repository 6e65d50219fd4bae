package report

// jsonlSink writes an object a line: the samples, or else the summary.
type jsonlSink struct {
	*output
	opt Options
	row []byte
}

func newJSONL(out *output, opt Options) Sink { return &jsonlSink{output: out, opt: opt} }

func (j *jsonlSink) Sample(s *Sample) error {
	if !j.opt.PerSample {
		return nil
	}
	j.row = append(s.append(j.row[:0]), '\n')
	return j.put(j.row)
}

func (j *jsonlSink) Close(r *Result) error {
	if !j.opt.PerSample {
		line, err := r.MarshalJSON()
		if err != nil {
			return err
		}
		j.Write(append(line, '\n'))
	}
	return j.commit()
}

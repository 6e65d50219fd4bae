package report

import (
	"fmt"
	"strings"
)

// valueSink writes the shown number alone with all its digits, or that of
// every sample, one a line.
type valueSink struct {
	*output
	opt Options
	row []byte
}

func newValue(out *output, opt Options) Sink { return &valueSink{output: out, opt: opt} }

func (v *valueSink) Sample(s *Sample) error {
	if !v.opt.PerSample {
		return nil
	}
	x, err := shown(s, v.opt.Show)
	if err != nil {
		v.Abort()
		return err
	}
	v.row = append(appendFloat(v.row[:0], float64(x)), '\n')
	return v.put(v.row)
}

func (v *valueSink) Close(r *Result) error {
	if !v.opt.PerSample {
		x, ok := r.Number(v.opt.Show)
		if !ok {
			v.Abort()
			return wrong("--show "+v.opt.Show, fmt.Errorf("the result has no such number, but %s", strings.Join(r.Names(), ", ")))
		}
		v.Write(append(appendFloat(nil, float64(x)), '\n'))
	}
	return v.commit()
}

// shown is the number of the row that --show asks for.
func shown(s *Sample, show string) (Float, error) {
	x, ok := s.Number(show)
	if !ok {
		return 0, wrong("--show "+show, fmt.Errorf("the row of sample %d has no such number", s.Index))
	}
	return x, nil
}

package commands

import (
	"math"

	"lossctl/loss"
)

// scanned is how many numbers largest looks at together.
const scanned = 1 << 18

// largest finds the largest whole number of an array, 255 and the ignored
// ones left aside, and whether 255 is there. A pipe is spooled for it.
func largest(src loss.Source, ignore []int) (most int, has255 bool, err error) {
	if err := src.Spool(); err != nil {
		return 0, false, err
	}
	skip := map[float64]bool{255: true}
	for _, id := range ignore {
		skip[float64(id)] = true
	}
	var buf loss.Buffer
	x := make([]float64, scanned)
	n := loss.Volume(src.Shape())
	for at := 0; at < n; at += scanned {
		x = x[:min(scanned, n-at)]
		buf.Reset()
		if err := src.Fetch(&buf, at, at+len(x)); err != nil {
			return 0, false, err
		}
		src.Decode(x, &buf, 0)
		for _, v := range x {
			switch {
			case v == 255:
				has255 = true
			case skip[v]:
			case v < 0 || v != math.Trunc(v) || v > math.MaxInt32:
				return 0, false, usagef("%s: got %v, want class ids of 0 and more", src.Name(), v)
			}
			if !(v <= float64(most)) && !skip[v] {
				most = int(v)
			}
		}
	}
	return most, has255, nil
}

// largestOf is loss.Request.Largest over sources by input.
func (o *options) largestOf(sources map[string]loss.Source) func(string) (int, bool, error) {
	return func(input string) (int, bool, error) { return largest(sources[input], o.reading.IgnoreIndex) }
}

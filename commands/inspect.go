package commands

import (
	"errors"
	stdflag "flag"
	"fmt"
	"io"
	"math"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"lossctl/internal/sum"
	"lossctl/io/array"
	"lossctl/io/image"
	"lossctl/io/report"
	"lossctl/loss"
)

// inspectCommand prints what is in arrays and pictures.
func inspectCommand(s streams) *cli.Command {
	format := "table"
	sections := []section{{"Results", []flag{
		{name: "format", aliases: []string{"f"}, value: loss.Choice(&format, "table", "json"), doc: "of the result"},
	}}}
	return &cli.Command{
		Name:            "inspect",
		Usage:           "shape, type, range, NaN and sums of any array or picture",
		ArgsUsage:       "FILE…",
		OnUsageError:    usageErrorOf,
		HideHelpCommand: true,
		Flags:           cliFlags(sections),
		Action: func(c *cli.Context) error {
			files, err := filesAmong(c)
			if errors.Is(err, stdflag.ErrHelp) {
				return cli.ShowSubcommandHelp(c)
			}
			if err != nil {
				return err
			}
			if len(files) == 0 {
				return usagef("inspect: got nothing, want a file")
			}
			for _, spec := range files {
				specs, err := membersOf(spec)
				if err != nil {
					return err
				}
				for _, m := range specs {
					if err := inspect(s, m, format); err != nil {
						return err
					}
				}
			}
			return nil
		},
	}
}

// filesAmong returns the arguments that are files, and sets the flags that
// stand behind one, where urfave stops looking.
func filesAmong(c *cli.Context) ([]string, error) {
	var files []string
	rest := c.Args().Slice()
	for len(rest) > 0 {
		if arg := rest[0]; len(arg) < 2 || arg[0] != '-' || array.IsStdin(arg) {
			files, rest = append(files, arg), rest[1:]
			continue
		}
		set := stdflag.NewFlagSet(c.Command.Name, stdflag.ContinueOnError)
		set.SetOutput(io.Discard)
		for _, f := range c.Command.Flags {
			if f, ok := f.(*cli.GenericFlag); ok {
				set.Var(f.Value, f.Name, "")
			}
		}
		if err := set.Parse(rest); errors.Is(err, stdflag.ErrHelp) {
			return nil, err
		} else if err != nil {
			return nil, usageErrorOf(c, err, true)
		}
		rest = set.Args()
	}
	return files, nil
}

// contents is what inspect found.
type contents struct {
	source                loss.Source
	picture               bool // of three numbers a pixel
	n                     int
	min, max              float64
	sum                   sum.Sum
	finite                int
	nan, posInf, negInf   int
	integers, ones, zeros int
	full                  int     // 255, as pictures store a mask
	rowsOff               float64 // furthest sum of a row from 1
	rows                  bool    // the last axis was summed
	row                   sum.Sum
	inRow                 int
}

// membersOf returns the arrays of a file that holds several, else the spec.
func membersOf(spec string) ([]string, error) {
	if st, err := os.Stat(spec); err != nil || !st.Mode().IsRegular() || image.Is(spec) {
		return []string{spec}, nil
	}
	names, err := array.Members(spec)
	if err != nil || names == nil {
		return []string{spec}, err
	}
	for i, n := range names {
		names[i] = spec + ":" + n
	}
	return names, nil
}

// inspect prints what is in one array, or one picture that is none.
func inspect(s streams, spec, format string) error {
	src, err := array.Open(spec, array.Options{Stdin: s.in})
	picture := err != nil && image.Is(spec)
	if picture {
		src, err = image.Open(spec, image.Drop)
	}
	if err != nil {
		return err
	}
	defer src.Close()
	c := &contents{picture: picture, source: src, n: loss.Volume(src.Shape()), min: math.Inf(1), max: math.Inf(-1)}
	if err := c.read(); err != nil {
		return err
	}
	fields := c.fields()
	if format == "json" {
		b, err := fields.MarshalJSON()
		if err == nil {
			_, err = fmt.Fprintf(s.out, "%s\n", b)
		}
		return err
	}
	for _, f := range fields {
		if _, err := fmt.Fprintf(s.out, "%-10s %v\n", f.Name, f.Value); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintln(s.out)
	return err
}

// read goes through the array in pieces.
func (c *contents) read() error {
	const piece = 1 << 16
	var buf loss.Buffer
	x := make([]float64, piece)
	shape := c.source.Shape()
	width := 0
	if len(shape) > 1 {
		width = shape[len(shape)-1]
	}
	c.rows = width > 1
	for lo := 0; lo < c.n; lo += piece {
		hi := min(lo+piece, c.n)
		buf.Reset()
		if err := c.source.Fetch(&buf, lo, hi); err != nil {
			return err
		}
		c.source.Decode(x[:hi-lo], &buf, 0)
		for _, v := range x[:hi-lo] {
			c.add(v)
			if c.rows {
				c.addToRow(v, width)
			}
		}
	}
	return nil
}

func (c *contents) add(v float64) {
	switch {
	case math.IsNaN(v):
		c.nan++
	case math.IsInf(v, 1):
		c.posInf++
	case math.IsInf(v, -1):
		c.negInf++
	default:
		c.finite++
		c.sum.Add(v)
		c.min, c.max = min(c.min, v), max(c.max, v)
		if v == math.Trunc(v) {
			c.integers++
		}
		if v == 0 {
			c.zeros++
		}
		if v == 1 {
			c.ones++
		}
		if v == 255 {
			c.full++
		}
	}
}

func (c *contents) addToRow(v float64, width int) {
	c.row.Add(v)
	if c.inRow++; c.inRow == width {
		off := math.Abs(c.row.Value() - 1)
		c.rowsOff = max(c.rowsOff, off)
		if math.IsNaN(off) {
			c.rowsOff = math.Inf(1)
		}
		c.row.Reset()
		c.inRow = 0
	}
}

// fields lists what was found.
func (c *contents) fields() report.Fields {
	info := array.Describe(c.source)
	f := report.Fields{
		{Name: "file", Value: info.Name},
		{Name: "format", Value: strings.TrimSpace(info.Format + " " + info.Version)},
		{Name: "dtype", Value: info.Dtype},
		{Name: "shape", Value: append([]int{}, info.Shape...)},
		{Name: "order", Value: info.Order},
		{Name: "elements", Value: c.n},
	}
	if info.Endian == "big" {
		f = append(f, report.Field{Name: "bytes", Value: "big-endian"})
	}
	if c.finite > 0 {
		f = append(f,
			report.Field{Name: "min", Value: report.Float(c.min)},
			report.Field{Name: "max", Value: report.Float(c.max)},
			report.Field{Name: "mean", Value: report.Float(c.sum.Value() / float64(c.finite))},
		)
	}
	f = append(f,
		report.Field{Name: "nan", Value: c.nan},
		report.Field{Name: "inf", Value: c.posInf},
		report.Field{Name: "-inf", Value: c.negInf},
	)
	return append(f, report.Field{Name: "looks like", Value: c.guess()})
}

// guess says what the numbers may be.
func (c *contents) guess() string {
	sums := c.rows && c.rowsOff < 1e-3
	switch {
	case c.n == 0:
		return "nothing"
	case c.picture:
		return "a picture"
	case c.nan+c.posInf > 0:
		return "numbers that are not finite"
	case c.negInf == 0 && c.zeros+c.ones == c.n && sums:
		return "one-hot rows"
	case c.negInf == 0 && c.zeros+c.ones == c.n:
		return "a mask or labels of 0 and 1"
	case c.full > 0 && c.zeros+c.full == c.n:
		return "a mask of 0 and 255"
	case c.negInf == 0 && c.integers == c.n && c.min >= 0:
		return fmt.Sprintf("class ids 0…%g", c.max)
	case c.negInf == 0 && c.min >= 0 && sums:
		return "probabilities: rows sum to 1"
	case c.negInf == 0 && c.min >= 0 && c.max <= 1:
		return "probabilities: all in [0, 1]"
	case c.max <= 0:
		return "log-probabilities or logits: none above 0"
	}
	return "logits or other numbers"
}

// Package report writes results: a table for a person, JSON, JSON lines, csv,
// markdown, the bare number, and .npy of the samples' losses.
//
// A destination is opened before the long run, fed the samples in order while
// it lasts, and closed with the summary. A file appears whole or not at all,
// and memory does not grow with the number of samples.
package report

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
)

// A Sink is one destination being written. It is used by one goroutine. A
// method that fails has removed what was begun; the sink is then of no use.
type Sink interface {
	// Sample takes the next row; s may be reused by the caller. Without
	// Options.PerSample it does nothing, but for npy.
	Sample(s *Sample) error
	// Close writes the summary and makes a file appear.
	Close(r *Result) error
	// Abort leaves nothing behind. After Close it does nothing, so that it
	// may be deferred.
	Abort()
}

// Options say how a result is shown.
type Options struct {
	Stdout     io.Writer // where "-" goes
	Show       string    // the number of value and npy: see Result.Number, Sample.Number; "": the loss
	PerSample  bool      // the rows are wanted in the output
	Top        int       // the rows are so many worst samples, worst first; 0: all, in order
	Samples    int       // how many rows will come, as far as the headers tell; npy needs it for pipes
	ClassNames []string  // heads of class columns; nil: class.0, class.1, …
	Digits     int       // significant digits of tables and markdown; 0: 6
	Color      bool      // a table may use ANSI colours: a terminal, and NO_COLOR is not set
	Pretty     bool      // JSON on many lines: a key a line, a row a line
}

// formats lists the formats and the endings that choose them.
var formats = []struct {
	name    string
	endings []string
	open    func(*output, Options) Sink
}{
	{"table", []string{".txt"}, newTable},
	{"json", []string{".json"}, newJSON},
	{"jsonl", []string{".jsonl", ".ndjson"}, newJSONL},
	{"csv", []string{".csv"}, newCSV},
	{"tsv", []string{".tsv"}, newTSV},
	{"md", []string{".md"}, newMarkdown},
	{"value", nil, newValue},
	{"npy", []string{".npy"}, newNPY},
}

// Formats lists the names that Open takes.
func Formats() []string {
	var names []string
	for _, f := range formats {
		names = append(names, f.name)
	}
	return names
}

// FormatOf is the format that the ending of path asks for; false where the
// ending is unknown or missing.
func FormatOf(path string) (string, bool) {
	ending := strings.ToLower(filepath.Ext(path))
	for _, f := range formats {
		if slices.Contains(f.endings, ending) {
			return f.name, true
		}
	}
	return "", false
}

// Open begins a result in the named format at dest: "-" is Options.Stdout; a
// file that exists or not is replaced when the sink is closed; a device, a
// pipe or a descriptor such as /dev/fd/3 is written in place.
// A folder that does not exist is an Error that is not the machine's.
func Open(dest, format string, opt Options) (Sink, error) {
	if opt.Digits <= 0 {
		opt.Digits = 6
	}
	opt.Digits = min(opt.Digits, 17)
	for _, f := range formats {
		if f.name == format {
			out, err := create(dest, opt.Stdout)
			if err != nil {
				return nil, err
			}
			return f.open(out, opt), nil
		}
	}
	return nil, &Error{Name: "--format " + format, Err: fmt.Errorf("not one of %s", strings.Join(Formats(), ", "))}
}

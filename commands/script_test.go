package commands

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/testscript"

	"lossctl/loss"
)

// TestMain lets the test binary be the program: scripts and tests call it by
// the name lossctl. Memory grows before it is collected: many tests run the
// program on a few numbers in this process.
func TestMain(m *testing.M) {
	debug.SetGCPercent(800)
	testscript.Main(m, map[string]func(){
		"lossctl": func() { os.Exit(Main(os.Args, os.Stdin, os.Stdout, os.Stderr)) },
	})
}

// TestScripts runs testdata/script. $DATA is the repository's testdata.
// Besides testscript's own commands there are
//
//	lossctl ARG…               the program, which must succeed
//	exits CODE ARG… [<FILE]    the program, which must exit so
//	fails CODE REGEXP ARG…     as exits, with one line of the house's style on
//	                           standard error, nothing on standard output, and
//	                           no file left behind
//	npy, raw, convert, pack    make files, see cli_files_test.go
//	near [FILE] WANT TOL       compare a number relatively
//	number NAME                keep the number on standard output as $NAME
//	json FILE PATH WANT        compare a part of a JSON document
//	rows FILE N                count lines
//	redirect DEST CODE REGEXP ARG…  the program with its output to a device, or
//	                           to a pipe whose reader has closed it
//	bashcomp WANT LINE         what bash offers behind LINE
//	same KIND ARG…            the same bytes with any threads and blocks; KIND is
//	                           a format, or grad or npy for a file
func TestScripts(t *testing.T) {
	data, err := filepath.Abs("../testdata")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                filepath.Join("testdata", "script"),
		RequireUniqueNames: true,
		Condition: func(c string) (bool, error) {
			if c == "root" {
				return os.Geteuid() == 0, nil
			}
			return false, fmt.Errorf("no condition %q", c)
		},
		ContinueOnError: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("DATA", data)
			return os.MkdirAll(filepath.Join(e.WorkDir, ".tmp"), 0o777)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":    scriptExits,
			"fails":    scriptFails,
			"npy":      scriptNpy,
			"raw":      scriptRaw,
			"convert":  scriptConvert,
			"pack":     scriptPack,
			"near":     scriptNear,
			"number":   scriptNumber,
			"json":     scriptJSON,
			"rows":     scriptRows,
			"bashcomp": scriptBashComplete,
			"same":     scriptSame,
			"divide":   scriptDivide,
			"members":  scriptMembers,
			"allflags": scriptAllFlags,
			"cut":      scriptCut,
			"longcsv":  scriptLongCSV,
			"redirect": scriptRedirect,
		},
	})
}

// A ran is what a run of the program left.
type ran struct {
	code     int
	out, err string
}

// runProgram runs the program in the script's folder. An argument <FILE is
// its standard input.
func runProgram(ts *testscript.TestScript, args []string) ran {
	var in []byte
	args = slices.Clone(args)
	if n := len(args); n > 0 && strings.HasPrefix(args[n-1], "<") {
		in = []byte(ts.ReadFile(args[n-1][1:]))
		args = args[:n-1]
	}
	c := exec.Command("lossctl", args...)
	c.Dir = ts.MkAbs(".")
	c.Env = append(os.Environ(), "TMPDIR="+ts.Getenv("TMPDIR"), "LOSSCTL_THREADS="+ts.Getenv("LOSSCTL_THREADS"))
	c.Stdin = bytes.NewReader(in)
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	err := c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		ts.Fatalf("%v", err)
	}
	return ran{c.ProcessState.ExitCode(), out.String(), errs.String()}
}

func scriptExits(ts *testscript.TestScript, neg bool, args []string) {
	code := scriptCode(ts, neg, args, 1)
	r := runProgram(ts, args[1:])
	ts.Stdout().Write([]byte(r.out))
	ts.Stderr().Write([]byte(r.err))
	if r.code != code {
		ts.Logf("%s%s", r.out, r.err)
		ts.Fatalf("got exit %d, want %d", r.code, code)
	}
}

func scriptCode(ts *testscript.TestScript, neg bool, args []string, n int) int {
	if neg || len(args) <= n {
		ts.Fatalf("usage: exits CODE ARG…, fails CODE REGEXP ARG…")
	}
	code, err := strconv.Atoi(args[0])
	ts.Check(err)
	return code
}

func scriptFails(ts *testscript.TestScript, neg bool, args []string) {
	code := scriptCode(ts, neg, args, 2)
	want, err := regexp.Compile(args[1])
	ts.Check(err)
	before := listing(ts)
	r := runProgram(ts, args[2:])
	ts.Stdout().Write([]byte(r.out))
	ts.Stderr().Write([]byte(r.err))
	if r.code != code {
		ts.Logf("%s", r.err)
		ts.Fatalf("got exit %d, want %d", r.code, code)
	}
	if r.out != "" {
		ts.Fatalf("got %q on standard output, want nothing", r.out)
	}
	if why := errorStyle(r.err); why != "" {
		ts.Fatalf("%s: %q", why, r.err)
	}
	if !want.MatchString(strings.TrimSuffix(r.err, "\n")) {
		ts.Fatalf("got %q, want %s", r.err, args[1])
	}
	if after := listing(ts); !slices.Equal(before, after) {
		ts.Fatalf("files before %v, after %v", before, after)
	}
}

// errorStyle says what is wrong with the text of an error.
func errorStyle(text string) string {
	line, ok := strings.CutSuffix(text, "\n")
	msg, named := strings.CutPrefix(line, "lossctl: ")
	switch {
	case !ok || strings.Contains(line, "\n"):
		return "not one line"
	case !named:
		return "the program is not named"
	case strings.HasSuffix(msg, "."):
		return "ends in a period"
	case !strings.Contains(msg, ": ") && msg != "interrupted":
		return "no name before a colon"
	case strings.Contains(msg, "goroutine ") || strings.Contains(msg, "runtime error"):
		return "a panic"
	case strings.ContainsFunc(msg, unicode.IsControl):
		return "control characters"
	}
	_, said, _ := strings.Cut(msg, ": ")
	if first, _ := utf8.DecodeRuneInString(said); unicode.IsUpper(first) {
		return "a capital behind the name"
	}
	return ""
}

// listing is every file of the script, and the folder of temporary files.
func listing(ts *testscript.TestScript) []string {
	var all []string
	ts.Check(filepath.WalkDir(ts.Getenv("WORK"), func(path string, _ os.DirEntry, err error) error {
		all = append(all, path)
		return err
	}))
	return all
}

func scriptRows(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: rows FILE N")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	if got := strings.Count(ts.ReadFile(args[0]), "\n"); (got == n) == neg {
		ts.Fatalf("%s: got %d lines, want %d", args[0], got, n)
	}
}

// scriptBashComplete loads the completion script in bash and asks what it
// offers for the words of a line; the last is the one being typed.
func scriptBashComplete(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: bashcomp WANT LINE")
	}
	words := strings.Split(args[1], " ")
	script := runProgram(ts, []string{"completion", "bash"}).out + `
COMP_WORDS=("$@"); COMP_CWORD=$(($#-1)); _lossctl; printf '%s ' "${COMPREPLY[@]}"`
	out, err := exec.Command("bash", append([]string{"--norc", "-c", script, "bash"}, words...)...).Output()
	ts.Check(err)
	got := strings.Join(strings.Fields(string(out)), " ")
	if (got == args[0]) == neg {
		ts.Fatalf("%q: got %q, want %q", args[1], got, args[0])
	}
}

// scriptSame runs the program with several numbers of goroutines and block
// sizes.
func scriptSame(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: same KIND ARG…")
	}
	kind, args := args[0], args[1:]
	file := ts.MkAbs("same.npy")
	switch kind {
	case "grad":
		args = append(args, "--grad-out", file)
	case "npy":
		args = append(args, "-o", file)
	default:
		args = append(args, "-f", kind)
	}
	var first string
	runs := [][2]string{{"1", "1000"}, {"7", "64K"}, {"2", "64K"}, {"7", "8M"}, {"7", "1000"}, {"1", "8M"}}
	if testing.Short() {
		runs = runs[:2]
	}
	for i, run := range runs {
		threads, block := run[0], run[1]
		r := runProgram(ts, append(slices.Clone(args), "--threads", threads, "--block-size", block))
		if r.code != 0 {
			ts.Fatalf("--threads %s --block-size %s: exit %d, %s", threads, block, r.code, r.err)
		}
		got := r.out + r.err
		if kind == "grad" || kind == "npy" {
			got += ts.ReadFile(file)
			ts.Check(os.Remove(file))
		}
		if i == 0 {
			first = got
		} else if got != first {
			ts.Fatalf("--threads %s --block-size %s: other bytes than --threads 1 --block-size 1000, from %d of %d and %d on", threads, block, differ(got, first), len(got), len(first))
		}
	}
}

// differ is the first place where two texts differ.
func differ(a, b string) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}

// scriptCut keeps the first bytes of a file: cut SRC DST N.
func scriptCut(ts *testscript.TestScript, neg bool, args []string) {
	n, err := strconv.Atoi(args[2])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(ts.ReadFile(args[0]))[:n], 0o666))
}

// scriptLongCSV writes N rows of two numbers, the last with an x.
func scriptLongCSV(ts *testscript.TestScript, neg bool, args []string) {
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Repeat("1,2.5\n", n-1)+"1,x\n"), 0o666))
}

// scriptRedirect runs the program with its standard output to a device, or
// closed: to a pipe that nobody reads.
func scriptRedirect(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 4 {
		ts.Fatalf("usage: redirect DEST CODE REGEXP ARG…")
	}
	code, err := strconv.Atoi(args[1])
	ts.Check(err)
	c := exec.Command("lossctl", args[3:]...)
	c.Dir = ts.MkAbs(".")
	var errs bytes.Buffer
	c.Stderr = &errs
	var out *os.File
	if args[0] == "closed" {
		var r *os.File
		r, out, err = os.Pipe()
		ts.Check(err)
		r.Close()
	} else {
		out, err = os.OpenFile(args[0], os.O_WRONLY, 0)
		ts.Check(err)
	}
	c.Stdout = out
	err = c.Run()
	out.Close()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		ts.Fatalf("%v", err)
	}
	if got := c.ProcessState.ExitCode(); got != code {
		ts.Fatalf("got exit %d (%s), want %d", got, errs.String(), code)
	}
	switch {
	case args[2] == "" && errs.Len() > 0:
		ts.Fatalf("got %q, want nothing on standard error", errs.String())
	case args[2] != "" && !regexp.MustCompile(args[2]).MatchString(errs.String()):
		ts.Fatalf("got %q, want %s", errs.String(), args[2])
	case args[2] != "" && errorStyle(errs.String()) != "":
		ts.Fatalf("%s: %q", errorStyle(errs.String()), errs.String())
	}
}

// scriptDivide compares A/B with C, or with the number on standard output.
func scriptDivide(ts *testscript.TestScript, neg bool, args []string) {
	var x [3]float64
	for i, s := range args {
		if s == "stdout" {
			s = strings.TrimSpace(ts.ReadFile(s))
		}
		var err error
		x[i], err = strconv.ParseFloat(s, 64)
		ts.Check(err)
	}
	if near(x[0]/x[1], x[2], 1e-12) == neg {
		ts.Fatalf("got %v/%v = %v, want %v", x[0], x[1], x[0]/x[1], x[2])
	}
}

// scriptMembers puts .npy files in an archive, under their base names.
func scriptMembers(ts *testscript.TestScript, neg bool, args []string) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, file := range args[1:] {
		w, err := z.Create(filepath.Base(file))
		ts.Check(err)
		w.Write([]byte(ts.ReadFile(file)))
	}
	ts.Check(z.Close())
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b.Bytes(), 0o666))
}

// scriptAllFlags looks for every flag of focal in its help.
func scriptAllFlags(ts *testscript.TestScript, neg bool, args []string) {
	text := ts.ReadFile(args[0])
	for _, s := range newOptions(loss.Focal()).sections() {
		for _, f := range s.flags {
			if !regexp.MustCompile(`(?m)^  (-\w, )?--` + f.name + `( |$)`).MatchString(text) {
				ts.Fatalf("--%s is not in the help", f.name)
			}
		}
	}
}

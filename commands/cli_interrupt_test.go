//go:build unix

package commands

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"
)

// A long run: what it reads never ends, or takes minutes.
var longRuns = []struct {
	name string
	args []string
}{
	{"big file", []string{"--pred", "big.npy", "--target", "ids.npy"}},
	{"rows and gradient", []string{"--pred", "big.npy", "--target", "ids.npy", "--per-sample", "-o", "rows.csv", "-o", "rows.json", "-o", "rows.npy", "--grad-out", "grad.npy"}},
	{"elements", []string{"--pred", "big.npy", "--target", "ids.npy", "--reduction", "none", "-o", "none.npy"}},
	{"fifo", []string{"--pred", "fifo", "--target", "ids.npy", "-o", "x.json"}},
	{"standard input", []string{"--pred", "-", "--target", "ids.npy", "-o", "x.json"}},
	{"spooled text", []string{"--pred", "fifo.csv", "--target", "ids.npy", "-o", "x.json"}},
}

// TestInterrupt ends long runs: within three seconds they exit 130, say so
// in one line, and leave neither outputs nor temporary files.
func TestInterrupt(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		for _, r := range longRuns {
			if sig == syscall.SIGTERM && r.name != "rows and gradient" {
				continue
			}
			t.Run(sig.String()+"/"+r.name, func(t *testing.T) {
				t.Parallel()
				interrupt(t, sig, r.args)
			})
		}
	}
}

func interrupt(t *testing.T, sig syscall.Signal, args []string) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	// 400 million rows of zeros, of which nothing is stored
	const rows = 400_000_000
	sparse(t, path("big.npy"), numbers{shape: []int{rows, 10}}, "<f4", rows*40)
	sparse(t, path("ids.npy"), numbers{shape: []int{rows}}, "|u1", rows)
	for _, name := range []string{"fifo", "fifo.csv"} {
		if err := syscall.Mkfifo(path(name), 0o600); err != nil {
			t.Fatal(err)
		}
		// a writer that stalls behind the first bytes
		f, err := os.OpenFile(path(name), os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if name == "fifo" {
			f.Write(npyBytes(numbers{shape: []int{rows, 10}}, "<f4", false))
		} else {
			f.WriteString("1,2,3\n")
		}
	}
	if err := os.Mkdir(path("tmp"), 0o700); err != nil {
		t.Fatal(err)
	}
	before := names(t, dir)

	c := exec.Command("lossctl", append([]string{"focal"}, args...)...)
	c.Dir = dir
	c.Env = append(os.Environ(), "TMPDIR="+path("tmp"))
	in, err := c.StdinPipe() // stays open and empty
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- c.Wait() }()
	select {
	case err := <-done:
		t.Fatalf("it ended on its own: %v, %s%s", err, out.String(), errs.String())
	case <-time.After(700 * time.Millisecond):
	}
	c.Process.Signal(sig)
	start := time.Now()
	select {
	case err = <-done:
	case <-time.After(10 * time.Second):
		c.Process.Kill()
		<-done
		t.Fatal("it still ran 10 s after the signal")
	}
	if d := time.Since(start); d > 3*time.Second {
		t.Errorf("it took %v to end, want at most 3s", d)
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != exitInterrupted {
		t.Errorf("got %v, want exit %d", err, exitInterrupted)
	}
	if errs.String() != "lossctl: interrupted\n" {
		t.Errorf("got %q on standard error, want one line", errs.String())
	}
	if out.Len() > 0 {
		t.Errorf("got %q on standard output, want nothing", out.String())
	}
	if after := names(t, dir); !slices.Equal(before, after) {
		t.Errorf("files before %v, after %v", before, after)
	}
}

// sparse makes a file whose data are a hole.
func sparse(t *testing.T, path string, a numbers, dtype string, size int64) {
	t.Helper()
	head := npyBytes(a, dtype, false)
	if err := os.WriteFile(path, head, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, int64(len(head))+size); err != nil {
		t.Fatal(err)
	}
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		all = append(all, path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

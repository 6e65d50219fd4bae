package main

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

//go:embed torch_side.py
var torchSide string

// keepMemory makes the allocator of torch keep what it has; torch_side.py says
// why.
var keepMemory = []string{"MALLOC_TRIM_THRESHOLD_=8589934592", "MALLOC_MMAP_THRESHOLD_=8589934592", "MALLOC_TOP_PAD_=67108864"}

// A python can import torch, where version is not "".
type python struct {
	path, version string
	onnx          bool // and onnxruntime
}

// findTorch tries the python that is asked for, or the usual ones.
func findTorch(ctx context.Context, want string) python {
	names := []string{want}
	if want == "" {
		names = []string{os.Getenv("LOSSCTL_BENCH_PYTHON"), "python3"}
	}
	for _, name := range names {
		if name == "" || name == "none" {
			continue
		}
		out, err := exec.CommandContext(ctx, name, "-c", "import sys, torch; print(torch.__version__, 'on Python', sys.version.split()[0])").Output()
		if err == nil {
			// Exporting to ONNX wants its package too.
			onnx := exec.CommandContext(ctx, name, "-c", "import onnx, onnxruntime").Run() == nil
			return python{name, strings.TrimSpace(string(out)), onnx}
		}
		fmt.Fprintf(os.Stderr, "%s has no torch\n", name)
	}
	return python{}
}

// A torch is a process of torch_side.py, which runs when it is told to.
type torch struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	out   *bufio.Scanner
	errs  bytes.Buffer
	about string // version, threads, chunk
}

// start imports torch and tries out the size of its chunks.
func (p python) start(ctx context.Context, formula string, files []string, threads int) (*torch, error) {
	args := append([]string{"-c", torchSide, formula}, files...)
	t := &torch{cmd: exec.CommandContext(ctx, p.path, append(args, "--threads", strconv.Itoa(threads), "--serve")...)}
	t.cmd.Env = append(os.Environ(), keepMemory...)
	t.cmd.Stderr = &t.errs
	var err error
	if t.in, err = t.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := t.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := t.cmd.Start(); err != nil {
		return nil, err
	}
	t.out = bufio.NewScanner(out)
	if !t.out.Scan() {
		return nil, t.failed()
	}
	t.about = t.out.Text()
	return t, nil
}

func (t *torch) failed() error {
	t.in.Close()
	return fmt.Errorf("torch_side.py: %w: %s", t.cmd.Wait(), strings.TrimSpace(t.errs.String()))
}

// run is one run of "value" or "grad FILE".
func (t *torch) run(command string) (sample, error) {
	if _, err := fmt.Fprintln(t.in, command); err != nil {
		return sample{}, t.failed()
	}
	if !t.out.Scan() {
		return sample{}, t.failed()
	}
	var wall, cpu float64
	var s sample
	if _, err := fmt.Sscan(t.out.Text(), &wall, &cpu, &s.rss, &s.out); err != nil {
		return s, fmt.Errorf("torch_side.py: %q: %w", t.out.Text(), err)
	}
	s.wall, s.cpu = seconds(wall), seconds(cpu)
	return s, nil
}

func (t *torch) stop() error {
	t.in.Close()
	return t.cmd.Wait()
}

func seconds(x float64) time.Duration { return time.Duration(x * float64(time.Second)) }

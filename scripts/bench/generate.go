package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// folder is where the inputs of that size are. The number in its name changes
// with what is generated.
func folder(dir string, scale float64) string {
	return filepath.Join(dir, fmt.Sprintf("v1-scale-%g", scale))
}

// ensure makes an input, in a process of its own, unless it is there.
func ensure(ctx context.Context, o *options, name string) (string, error) {
	path := filepath.Join(folder(o.dir, o.scale), name)
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	if findInput(name) == nil {
		return "", fmt.Errorf("%s: no such input in inputs.go", name)
	}
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	fmt.Fprintln(os.Stderr, "making", path)
	cmd := exec.CommandContext(ctx, self, "-dir", o.dir, "-scale", fmt.Sprint(o.scale), "-generate", name)
	cmd.Stderr = os.Stderr
	return path, cmd.Run()
}

// generate writes an input, whole or not at all.
func generate(dir, name string, scale float64) (err error) {
	in := findInput(name)
	if in == nil {
		return fmt.Errorf("%s: no such input", name)
	}
	to := folder(dir, scale)
	if err := os.MkdirAll(to, 0o777); err != nil {
		return err
	}
	f, err := os.CreateTemp(to, "."+name)
	if err != nil {
		return err
	}
	defer func() {
		f.Close()
		os.Remove(f.Name()) // after the rename: nothing
	}()
	if err := in.write(f, scale); err != nil {
		return err
	}
	return os.Rename(f.Name(), filepath.Join(to, name))
}

func (in *input) write(f *os.File, scale float64) error {
	shape := in.scaled(scale)
	count := volume(shape)
	if in.zeros {
		head := header(in.dtype, shape)
		if _, err := f.Write(head); err != nil {
			return err
		}
		return f.Truncate(int64(len(head)) + 4*int64(count))
	}
	var w io.Writer = f
	var packed io.Closer
	switch filepath.Ext(in.name) {
	case ".gz":
		z := gzip.NewWriter(f)
		w, packed = z, z
	case ".zst":
		z, err := zstd.NewWriter(f)
		if err != nil {
			return err
		}
		w, packed = z, z
	}
	// The seed is of the input's own, so that files may be made one by one.
	seed := fnv.New64()
	io.WriteString(seed, in.name)
	r := rand.New(rand.NewPCG(1, seed.Sum64()))
	b := bufio.NewWriterSize(w, 1<<20)
	switch tensors := networks[in.name]; {
	case tensors != nil:
		if err := writeTensors(b, r, tensors()); err != nil {
			return err
		}
	case strings.HasSuffix(in.name, ".csv"):
		writeCSV(b, r, count)
	default:
		b.Write(header(in.dtype, shape))
		encode := encoders[in.dtype]
		var number []byte
		for range count {
			number = encode(number[:0], in.next(r))
			b.Write(number)
		}
	}
	if err := b.Flush(); err != nil {
		return err
	}
	if packed != nil {
		return packed.Close()
	}
	return nil
}

// writeCSV writes rows of a logit with six decimals and a label.
func writeCSV(b *bufio.Writer, r *rand.Rand, rows int) {
	b.WriteString("logit,label\n")
	var line []byte
	for range rows {
		line = strconv.AppendFloat(line[:0], kind{}.next(r), 'f', 6, 64)
		line = strconv.AppendInt(append(line, ','), int64(kind{binary: true}.next(r)), 10)
		b.Write(append(line, '\n'))
	}
}

// header is that of format 1.0, with the data at a multiple of 64 bytes.
func header(dtype string, shape []int) []byte {
	var axes strings.Builder
	for _, n := range shape {
		fmt.Fprintf(&axes, "%d,", n)
	}
	dict := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", dtype, axes.String())
	n := (10+len(dict)+1+63)/64*64 - 10
	head := append([]byte("\x93NUMPY\x01\x00"), byte(n), byte(n>>8))
	return append(append(head, dict...), strings.Repeat(" ", n-len(dict)-1)+"\n"...)
}

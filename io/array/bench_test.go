package array

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"lossctl/loss"
)

// drain reads a source as the engine does: two goroutines claim blocks of
// 2^17 elements in order, and decode them 4,096 at a time.
func drain(b *testing.B, s loss.Source) {
	const step = 1 << 17
	n := size(s)
	workers := 2
	if s.Sequential() {
		workers = 1
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range workers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			buf := &loss.Buffer{}
			dst := make([]float64, 4096)
			for {
				lo := int(next.Add(step)) - step
				if lo >= n {
					return
				}
				hi := min(n, lo+step)
				buf.Reset()
				if err := s.Fetch(buf, lo, hi); err != nil {
					b.Error(err)
					return
				}
				for at := 0; at < hi-lo; at += len(dst) {
					s.Decode(dst[:min(len(dst), hi-lo-at)], buf, at)
				}
			}
		}()
	}
	wg.Wait()
}

func benchFile(b *testing.B, name string, data []byte) {
	path := filepath.Join(b.TempDir(), name)
	if err := os.WriteFile(path, data, 0o666); err != nil {
		b.Fatal(err)
	}
	s, err := Open(path, Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		drain(b, s)
	}
}

func BenchmarkRead(b *testing.B) {
	const n = 12 << 20
	wide := func(dtype string, fortran bool, shape ...int) []byte {
		return npyBytes(dtype, false, fortran, shape...)
	}
	b.Run("f4", func(b *testing.B) { benchFile(b, "a.npy", wide("float32", false, n/12, 12)) })
	b.Run("f2", func(b *testing.B) { benchFile(b, "a.npy", wide("float16", false, n/12, 12)) })
	b.Run("fortran/long", func(b *testing.B) { benchFile(b, "a.npy", wide("float32", true, n/12, 12)) })
	b.Run("fortran/short", func(b *testing.B) { benchFile(b, "a.npy", wide("float32", true, 12, n/12)) })
	b.Run("fortran/square", func(b *testing.B) { benchFile(b, "a.npy", wide("float32", true, 3072, 4096)) })
	b.Run("npz", func(b *testing.B) { benchFile(b, "a.npz", npz(b, false, "x", wide("float32", false, n))) })
	b.Run("gz", func(b *testing.B) { benchFile(b, "a.npy.gz", gz(noise(n/4))) })
	b.Run("zst", func(b *testing.B) { benchFile(b, "a.npy.zst", zst(noise(n/4))) })
}

// noise is a file of float32 that hardly compresses.
func noise(n int) []byte {
	data := npyBytes("float32", false, false, n)
	for i := range n {
		copy(data[len(data)-4*n+4*i:], element("float32", math.Sin(float64(i)), false))
	}
	return data
}

// BenchmarkCSV reads ten columns of six digits, and of as many digits as a
// float64 needs; open is the first pass.
func BenchmarkCSV(b *testing.B) {
	for _, verb := range []string{"%.6f", "%v", "%.4e"} {
		var text bytes.Buffer
		text.WriteString("a,b,c,d,e,f,g,h,i,j\n")
		for i := range 4 << 20 / 10 {
			for c := range 10 {
				fmt.Fprintf(&text, verb, math.Sin(float64(10*i+c)))
				text.WriteByte(",,,,,,,,,\n"[c])
			}
		}
		b.Run("fetch/"+verb, func(b *testing.B) { benchFile(b, "a.csv", text.Bytes()) })
		if verb == "%v" {
			b.Run("open", func(b *testing.B) {
				path := write(b, "a.csv", text.Bytes())
				b.SetBytes(int64(text.Len()))
				for b.Loop() {
					s, err := Open(path, Options{})
					if err != nil {
						b.Fatal(err)
					}
					s.Close()
				}
			})
			quoted := bytes.ReplaceAll(text.Bytes(), []byte("\n"), []byte(",\"x\"\n"))
			b.Run("quoted", func(b *testing.B) {
				s := mustOpen(b, write(b, "a.csv", quoted)+":a-j", Options{})
				b.SetBytes(int64(len(quoted)))
				for b.Loop() {
					drain(b, s)
				}
			})
		}
	}
}

func BenchmarkJSON(b *testing.B) {
	data := jsonBytes(200000, 10)
	s := mustOpen(b, write(b, "a.jsonl", data)+":x", Options{})
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		drain(b, s)
	}
}

func BenchmarkCreate(b *testing.B) {
	elements := make([]float64, 1<<20)
	for _, dtype := range []string{"float32", "float64"} {
		b.Run(dtype, func(b *testing.B) {
			b.SetBytes(int64(len(elements) * loss.ItemBytes(dtype)))
			for b.Loop() {
				w, err := Create(os.DevNull, dtype, []int{len(elements)})
				if err != nil {
					b.Fatal(err)
				}
				if err := w.WriteAt(elements, 0); err != nil {
					b.Fatal(err)
				}
				w.Abort()
			}
		})
	}
}

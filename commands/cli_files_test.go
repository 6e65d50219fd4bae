package commands

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/rogpeppe/go-internal/testscript"
)

// The files of scripts are written by code of their own, so that a reader is
// never tested against its own writer.

// A numbers is an array in memory.
type numbers struct {
	shape []int
	x     []float64
}

// scriptNpy makes an array:
//
//	npy FILE DTYPE SHAPE VALUE…
//
// DTYPE is numpy's, as <f4; SHAPE is 2,3 or (), with F before it for Fortran
// order. The values repeat until the array is full; normal:SEED, uniform:SEED
// and ids:SEED:N (0…N-1) are drawn.
func scriptNpy(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: npy FILE DTYPE SHAPE VALUE…")
	}
	fortran := strings.HasPrefix(args[2], "F")
	a := numbers{}
	for _, w := range strings.FieldsFunc(strings.TrimPrefix(args[2], "F"), func(r rune) bool { return strings.ContainsRune("(),", r) }) {
		n, err := strconv.Atoi(w)
		ts.Check(err)
		a.shape = append(a.shape, n)
	}
	n := 1
	for _, d := range a.shape {
		n *= d
	}
	next, err := drawn(args[3:])
	ts.Check(err)
	a.x = make([]float64, n)
	for i := range a.x {
		a.x[i] = next()
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), npyBytes(a, args[1], fortran), 0o666))
}

// drawn returns what yields the values of npy.
func drawn(values []string) (func() float64, error) {
	if len(values) == 0 {
		return func() float64 { return 0 }, nil
	}
	kind, rest, _ := strings.Cut(values[0], ":")
	seed, bound, _ := strings.Cut(rest, ":")
	s, _ := strconv.ParseUint(seed, 10, 64)
	r := rand.New(rand.NewPCG(s, 1))
	switch kind {
	case "normal":
		return func() float64 { return 3 * r.NormFloat64() }, nil
	case "uniform":
		return r.Float64, nil
	case "ids":
		n, err := strconv.Atoi(bound)
		return func() float64 { return float64(r.IntN(n)) }, err
	}
	x := make([]float64, len(values))
	for i, v := range values {
		var err error
		if x[i], err = strconv.ParseFloat(v, 64); err != nil {
			return nil, err
		}
	}
	i := -1
	return func() float64 { i++; return x[i%len(x)] }, nil
}

// npyBytes is the file of an array, format 1.0.
func npyBytes(a numbers, dtype string, fortran bool) []byte {
	var b bytes.Buffer
	shape := strings.Trim(strings.ReplaceAll(fmt.Sprint(a.shape), " ", ", "), "[]")
	if len(a.shape) == 1 {
		shape += ","
	}
	order := "False"
	if fortran {
		order = "True"
	}
	head := fmt.Sprintf("{'descr': '%s', 'fortran_order': %s, 'shape': (%s), }", dtype, order, shape)
	head += strings.Repeat(" ", 63-(10+len(head))%64) + "\n"
	b.WriteString("\x93NUMPY\x01\x00")
	binary.Write(&b, binary.LittleEndian, uint16(len(head)))
	b.WriteString(head)
	x := a.x
	if fortran {
		x = transposed(a)
	}
	b.Write(encoded(x, dtype))
	return b.Bytes()
}

// transposed lists the numbers with the first axis running fastest.
func transposed(a numbers) []float64 {
	x := make([]float64, 0, len(a.x))
	at := make([]int, len(a.shape))
	for range a.x {
		i := 0
		for k, d := range a.shape {
			i = i*d + at[k]
		}
		x = append(x, a.x[i])
		for k := range at {
			if at[k]++; at[k] < a.shape[k] {
				break
			}
			at[k] = 0
		}
	}
	return x
}

func encoded(x []float64, dtype string) []byte {
	var order binary.AppendByteOrder = binary.LittleEndian
	if dtype[0] == '>' {
		order = binary.BigEndian
	}
	var b []byte
	for _, v := range x {
		switch kind := strings.TrimLeft(dtype, "<>|="); kind {
		case "f8":
			b = order.AppendUint64(b, math.Float64bits(v))
		case "f4":
			b = order.AppendUint32(b, math.Float32bits(float32(v)))
		case "f2":
			b = order.AppendUint16(b, half(v))
		case "V2": // bfloat16
			bits := math.Float32bits(float32(v))
			b = order.AppendUint16(b, uint16((bits+0x7fff+bits>>16&1)>>16))
		case "i8", "u8":
			b = order.AppendUint64(b, uint64(int64(v)))
		case "i4", "u4":
			b = order.AppendUint32(b, uint32(int64(v)))
		case "i2", "u2":
			b = order.AppendUint16(b, uint16(int64(v)))
		case "i1", "u1", "b1":
			b = append(b, byte(int64(v)))
		case "c8":
			b = order.AppendUint32(order.AppendUint32(b, math.Float32bits(float32(v))), 0)
		default:
			panic("dtype " + dtype)
		}
	}
	return b
}

// half rounds to float16, to the nearest even.
func half(v float64) uint16 {
	sign := uint16(0)
	if math.Signbit(v) {
		sign, v = 0x8000, -v
	}
	switch {
	case math.IsNaN(v):
		return sign | 0x7e00
	case v >= 65520:
		return sign | 0x7c00
	case v < 0x1p-14:
		return sign | uint16(math.RoundToEven(v*0x1p24))
	}
	frac, exp := math.Frexp(v) // frac in [0.5, 1)
	return sign | uint16(exp+14)<<10 + uint16(math.RoundToEven(frac*2048)) - 1024
}

// readNpy reads the plain arrays of testdata: little-endian, C order.
func readNpy(file string) (numbers, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return numbers{}, err
	}
	n := int(binary.LittleEndian.Uint16(b[8:]))
	m := regexp.MustCompile(`'descr': '([^']*)', 'fortran_order': False, 'shape': \(([^)]*)\)`).FindStringSubmatch(string(b[10 : 10+n]))
	if m == nil {
		return numbers{}, fmt.Errorf("%s: not a plain npy", file)
	}
	a := numbers{}
	for _, w := range strings.FieldsFunc(m[2], func(r rune) bool { return r == ',' || r == ' ' }) {
		d, err := strconv.Atoi(w)
		if err != nil {
			return a, err
		}
		a.shape = append(a.shape, d)
	}
	b = b[10+n:]
	size := int(m[1][2] - '0')
	for ; len(b) >= size; b = b[size:] {
		var v float64
		switch m[1] {
		case "<f8":
			v = math.Float64frombits(binary.LittleEndian.Uint64(b))
		case "<f4":
			v = float64(math.Float32frombits(binary.LittleEndian.Uint32(b)))
		case "<i8":
			v = float64(int64(binary.LittleEndian.Uint64(b)))
		case "<i4":
			v = float64(int32(binary.LittleEndian.Uint32(b)))
		case "|u1", "|b1":
			v = float64(b[0])
		default:
			return a, fmt.Errorf("%s: dtype %s", file, m[1])
		}
		a.x = append(a.x, v)
	}
	return a, nil
}

// scriptConvert writes an array in another format:
//
//	convert [rows=A:B] [axes=0,2,1] [order=F] [head=a,b] SRC.npy DST [DTYPE]
//
// DST is .npy, .npz (members a and b), .csv, .jsonl (lists under v.x) or
// .safetensors (tensor x).
func scriptConvert(ts *testscript.TestScript, neg bool, args []string) {
	opt := map[string]string{}
	for len(args) > 0 && strings.Contains(args[0], "=") {
		k, v, _ := strings.Cut(args[0], "=")
		opt[k], args = v, args[1:]
	}
	if neg || len(args) < 2 {
		ts.Fatalf("usage: convert [OPTION=…] SRC DST [DTYPE]")
	}
	dtype := "<f4"
	if len(args) > 2 {
		dtype = args[2]
	}
	a, err := readNpy(ts.MkAbs(args[0]))
	ts.Check(err)
	if r := opt["rows"]; r != "" {
		var lo, hi int
		fmt.Sscanf(r, "%d:%d", &lo, &hi)
		k := len(a.x) / a.shape[0]
		a = numbers{append([]int{hi - lo}, a.shape[1:]...), a.x[lo*k : hi*k]}
	}
	if axes := opt["axes"]; axes != "" {
		a = permuted(a, axes)
	}
	if opt["squeeze"] != "" {
		a.shape = a.shape[1:]
	}
	if opt["as"] != "" {
		a.x = a.x[:len(a.x):len(a.x)]
		a.shape = nil
		for w := range strings.SplitSeq(opt["as"], ",") {
			d, _ := strconv.Atoi(w)
			a.shape = append(a.shape, d)
		}
	}
	dst := ts.MkAbs(args[1])
	b := npyBytes(a, dtype, opt["order"] == "F")
	switch {
	case strings.HasSuffix(dst, ".npz"):
		b = npzBytes(opt["method"], b, npyBytes(numbers{[]int{1}, []float64{7}}, "<f4", false))
	case strings.HasSuffix(dst, ".csv"), strings.HasSuffix(dst, ".tsv"):
		b = tableBytes(a, opt["head"], dst[len(dst)-3:] == "tsv")
	case strings.HasSuffix(dst, ".jsonl"):
		b = jsonlBytes(a)
	case strings.HasSuffix(dst, ".safetensors"):
		b = tensorBytes(a, dtype)
	}
	ts.Check(os.WriteFile(dst, b, 0o666))
}

// permuted moves the axes as numpy's transpose does.
func permuted(a numbers, axes string) numbers {
	var order []int
	for w := range strings.SplitSeq(axes, ",") {
		k, _ := strconv.Atoi(w)
		order = append(order, k)
	}
	stride := make([]int, len(a.shape))
	n := 1
	for k := len(a.shape) - 1; k >= 0; k-- {
		stride[k], n = n, n*a.shape[k]
	}
	p := numbers{x: make([]float64, len(a.x))}
	for _, k := range order {
		p.shape = append(p.shape, a.shape[k])
	}
	for i := range p.x {
		from, rest := 0, i
		for k := len(order) - 1; k >= 0; k-- {
			from += rest % p.shape[k] * stride[order[k]]
			rest /= p.shape[k]
		}
		p.x[i] = a.x[from]
	}
	return p
}

func npzBytes(method string, first, second []byte) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, data := range map[string][]byte{"a.npy": first, "b.npy": second} {
		h := &zip.FileHeader{Name: name, Method: zip.Store}
		if method == "deflate" {
			h.Method = zip.Deflate
		}
		w, _ := z.CreateHeader(h)
		w.Write(data)
	}
	z.Close()
	return b.Bytes()
}

func tableBytes(a numbers, head string, tabs bool) []byte {
	var b bytes.Buffer
	sep := ","
	if tabs {
		sep = "\t"
	}
	if head != "" {
		b.WriteString(strings.ReplaceAll(head, ",", sep) + "\n")
	}
	k := len(a.x) / a.shape[0]
	for i, v := range a.x {
		if i%k > 0 {
			b.WriteString(sep)
		}
		fmt.Fprintf(&b, "%v", v)
		if i%k == k-1 {
			b.WriteString("\n")
		}
	}
	return b.Bytes()
}

func jsonlBytes(a numbers) []byte {
	var b bytes.Buffer
	k := len(a.x) / a.shape[0]
	for row := range slices.Chunk(a.x, k) {
		var v any = row
		if len(a.shape) == 1 {
			v = row[0]
		}
		text, _ := json.Marshal(map[string]any{"id": "é\"", "v": map[string]any{"y": []int{1}, "x": v}})
		b.Write(append(text, '\n'))
	}
	return b.Bytes()
}

func tensorBytes(a numbers, dtype string) []byte {
	data := encoded(a.x, dtype)
	kind := map[string]string{"<f2": "F16", "<f4": "F32", "<f8": "F64", "<i8": "I64", "<u1": "U8", "<V2": "BF16"}[dtype]
	head, _ := json.Marshal(map[string]any{
		"__metadata__": map[string]string{"made": "here"},
		"x":            map[string]any{"dtype": kind, "shape": a.shape, "data_offsets": []int{0, len(data)}},
	})
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(head)))
	return append(append(b, head...), data...)
}

// scriptRaw writes the text of a Go string: raw FILE '\x93NUMPY…'. Several
// are joined; *N before one repeats it.
func scriptRaw(ts *testscript.TestScript, neg bool, args []string) {
	var b strings.Builder
	for _, s := range args[1:] {
		n := 1
		if rest, ok := strings.CutPrefix(s, "*"); ok {
			count, text, _ := strings.Cut(rest, " ")
			n, _ = strconv.Atoi(count)
			s = text
		}
		text, err := strconv.Unquote(`"` + s + `"`)
		ts.Check(err)
		b.WriteString(strings.Repeat(text, n))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(b.String()), 0o666))
}

// scriptPack compresses: pack SRC DST, by the ending .gz or .zst.
func scriptPack(ts *testscript.TestScript, neg bool, args []string) {
	src := []byte(ts.ReadFile(args[0]))
	var b bytes.Buffer
	if strings.HasSuffix(args[1], ".gz") {
		w := gzip.NewWriter(&b)
		w.Write(src)
		ts.Check(w.Close())
	} else {
		w, err := zstd.NewWriter(&b)
		ts.Check(err)
		w.Write(src)
		ts.Check(w.Close())
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), b.Bytes(), 0o666))
}

// scriptNear compares the number in a file, standard output unless named.
func scriptNear(ts *testscript.TestScript, neg bool, args []string) {
	file := "stdout"
	if len(args) == 3 {
		file, args = args[0], args[1:]
	}
	got, err := strconv.ParseFloat(strings.TrimSpace(ts.ReadFile(file)), 64)
	ts.Check(err)
	want, err := strconv.ParseFloat(args[0], 64)
	ts.Check(err)
	tol, err := strconv.ParseFloat(args[1], 64)
	ts.Check(err)
	if near(got, want, tol) == neg {
		ts.Fatalf("got %v, want %v within %v", got, want, tol)
	}
}

func scriptNumber(ts *testscript.TestScript, neg bool, args []string) {
	text := strings.TrimSpace(ts.ReadFile("stdout"))
	if _, err := strconv.ParseFloat(text, 64); err != nil {
		ts.Fatalf("got %q, want a number", text)
	}
	ts.Setenv(args[0], text)
}

// scriptJSON compares what stands at a path such as per_sample.0.loss; len is
// the length of a list. WANT is a string, or JSON; ~X is near X (1e-9), /re/
// matches.
func scriptJSON(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 && !(neg && len(args) == 2) {
		ts.Fatalf("usage: json FILE PATH WANT")
	}
	var doc any
	if err := json.Unmarshal([]byte(ts.ReadFile(args[0])), &doc); err != nil {
		ts.Fatalf("%s: %v", args[0], err)
	}
	got, ok := doc, true
	for key := range strings.SplitSeq(args[1], ".") {
		switch v := got.(type) {
		case map[string]any:
			got, ok = v[key]
		case []any:
			i, err := strconv.Atoi(key)
			switch {
			case key == "len":
				got = float64(len(v))
			case err == nil && i < len(v):
				got = v[i]
			default:
				ok = false
			}
		default:
			ok = false
		}
		if !ok {
			break
		}
	}
	if len(args) == 2 {
		if ok {
			ts.Fatalf("%s: got %v, want nothing", args[1], got)
		}
		return
	}
	text, isText := got.(string)
	if !isText {
		b, _ := json.Marshal(got)
		text = string(b)
	}
	want := args[2]
	same := ok && text == want
	if number, isNumber := strings.CutPrefix(want, "~"); ok && isNumber {
		a, err := strconv.ParseFloat(text, 64)
		w, werr := strconv.ParseFloat(number, 64)
		same = err == nil && werr == nil && near(a, w, 1e-9)
	} else if len(want) > 1 && want[0] == '/' && want[len(want)-1] == '/' {
		same = ok && regexp.MustCompile(want[1:len(want)-1]).MatchString(text)
	}
	if same == neg {
		ts.Fatalf("%s: got %s, want %s", args[1], text, want)
	}
}

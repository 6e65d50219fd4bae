package commands

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"lossctl/io/array"
	"lossctl/loss"
)

// A refCase is a case of testdata/LOSS/reference.json: flags, and the number
// that an independent float64 computation or the real library gave for them.
type refCase struct {
	Name       string               `json:"name"`
	Args       []string             `json:"args"`
	Value      refNumber            `json:"value"`
	PerSample  []refNumber          `json:"per_sample"`
	Components map[string]refNumber `json:"components"`
	Grad       string               `json:"grad"`
	Source     string               `json:"source"`
	Tolerance  float64              `json:"tolerance"`

	gradTolerance float64 // 0: 1e-6
}

// refNumber is a number, or a string where it is not finite.
type refNumber float64

func (n *refNumber) UnmarshalJSON(b []byte) error {
	x, err := strconv.ParseFloat(strings.Trim(string(b), `"`), 64)
	*n = refNumber(x)
	return err
}

// lossctl runs the program in a folder.
func lossctl(t *testing.T, dir, stdin string, args ...string) (code int, out, errs string) {
	t.Helper()
	t.Chdir(dir)
	var o, e bytes.Buffer
	code = Main(append([]string{"lossctl"}, args...), strings.NewReader(stdin), &o, &e)
	return code, o.String(), e.String()
}

func TestReference(t *testing.T) {
	for _, name := range loss.Names() {
		dir := filepath.Join("..", "testdata", strings.ReplaceAll(name, " ", "_"))
		b, err := os.ReadFile(filepath.Join(dir, "reference.json"))
		if err != nil {
			t.Fatal(err)
		}
		var ref struct{ Cases []refCase }
		if err := json.Unmarshal(b, &ref); err != nil {
			t.Fatal(err)
		}
		if len(ref.Cases) < 10 {
			t.Errorf("%s: got %d reference cases, want more", name, len(ref.Cases))
		}
		for i, c := range ref.Cases {
			if testing.Short() && i%8 != 0 {
				continue
			}
			t.Run(name+"/"+c.Name, func(t *testing.T) { c.run(t, dir, strings.Fields(name)) })
		}
	}
}

func (c *refCase) run(t *testing.T, dir string, command []string) {
	grad := filepath.Join(t.TempDir(), "grad.npy")
	args := append(append(command, c.Args...), "-f", "json", "-q", "--per-sample")
	if c.Grad != "" {
		args = append(args, "--grad-out", grad)
	}
	code, out, errs := lossctl(t, dir, "", args...)
	if code != 0 {
		t.Fatalf("exit %d: %s", code, errs)
	}
	var got struct {
		Value      refNumber
		PerSample  []struct{ Loss refNumber } `json:"per_sample"`
		Components map[string]refNumber
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if !near(float64(got.Value), float64(c.Value), c.Tolerance) {
		t.Errorf("value %v, want %v (%s)", got.Value, c.Value, c.Source)
	}
	if c.PerSample != nil && len(got.PerSample) != len(c.PerSample) {
		t.Fatalf("%d rows, want %d", len(got.PerSample), len(c.PerSample))
	}
	for i, want := range c.PerSample {
		if x := got.PerSample[i].Loss; !near(float64(x), float64(want), c.Tolerance) {
			t.Errorf("sample %d: %v, want %v (%s)", i, x, want, c.Source)
		}
	}
	for name, want := range c.Components {
		if x, ok := got.Components[name]; !ok || !near(float64(x), float64(want), c.Tolerance) {
			t.Errorf("%s: %v, want %v (%s)", name, x, want, c.Source)
		}
	}
	if c.Grad != "" {
		tolerance := c.gradTolerance
		if tolerance == 0 {
			tolerance = 1e-6
		}
		compareArrays(t, grad, c.Grad, tolerance)
	}
}

// near compares relative to the number wanted.
func near(got, want, tolerance float64) bool {
	if math.IsNaN(want) || math.IsInf(want, 0) || want == 0 {
		return got == want || math.IsNaN(got) && math.IsNaN(want)
	}
	return math.Abs(got-want) <= tolerance*math.Abs(want)
}

// compareArrays compares two files relative to the largest number wanted.
func compareArrays(t *testing.T, got, want string, tolerance float64) {
	t.Helper()
	g, w := readArray(t, got), readArray(t, want)
	if len(g) != len(w) {
		t.Fatalf("%s has %d numbers, want %d", got, len(g), len(w))
	}
	largest := 0.0
	for _, v := range w {
		largest = max(largest, math.Abs(v))
	}
	for i := range w {
		if !(math.Abs(g[i]-w[i]) <= tolerance*largest) {
			t.Fatalf("gradient %d: %v, want %v", i, g[i], w[i])
		}
	}
}

func readArray(t *testing.T, file string) []float64 {
	t.Helper()
	src, err := array.Open(file, array.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	x, err := readAll(src)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

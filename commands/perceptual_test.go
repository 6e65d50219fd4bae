package commands

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// realWeights is a folder with pretrained weights, which are not part of the
// repository.
func realWeights(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("LOSSCTL_WEIGHTS")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "weights")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"alexnet_features.safetensors", "squeezenet1_1_features.safetensors"} {
		if _, err := os.Stat(filepath.Join(dir, file)); err != nil {
			t.Skipf("no pretrained weights: %v", err)
		}
	}
	t.Setenv("LOSSCTL_WEIGHTS", dir)
	return dir
}

// perceptualJSON runs lpips and returns its value and those of its layers.
func perceptualJSON(t *testing.T, args ...string) (value float64, layers []float64) {
	t.Helper()
	code, out, errs := lossctl(t, ".", "", append([]string{"perceptual", "-f", "json", "-q"}, args...)...)
	if code != 0 {
		t.Fatalf("exit %d: %s", code, errs)
	}
	var got struct {
		Value      float64
		Components json.RawMessage
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(strings.NewReader(string(got.Components)))
	for d.More() { // in order
		tok, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		if name, ok := tok.(string); ok && strings.HasPrefix(name, "lpips_") {
			var x float64
			if err := d.Decode(&x); err != nil {
				t.Fatal(err)
			}
			layers = append(layers, x)
		}
	}
	return got.Value, layers
}

// LPIPS and its gradient are those of the lpips library, in float64 there.
func TestLPIPS(t *testing.T) {
	realWeights(t)
	dir, err := filepath.Abs("../testdata")
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, "lpips", "reference.json"))
	if err != nil {
		t.Fatal(err)
	}
	var ref struct {
		Cases []struct {
			Net, Pred, Target, Grad, Spatial string
			Value                            float64
			Layers                           []float64
		}
	}
	if err := json.Unmarshal(b, &ref); err != nil {
		t.Fatal(err)
	}
	for _, c := range ref.Cases {
		args := []string{"--net", c.Net, "--pred", filepath.Join(dir, c.Pred), "--target", filepath.Join(dir, c.Target)}
		grad := filepath.Join(t.TempDir(), "grad.npy")
		if c.Grad != "" {
			args = append(args, "--grad-out", grad)
		}
		spatial := filepath.Join(t.TempDir(), "spatial.npy")
		if c.Spatial != "" {
			args = append(args, "--spatial", spatial)
		}
		value, layers := perceptualJSON(t, args...)
		checkLayers(t, c.Net+" "+c.Pred, value, c.Value, layers, c.Layers)
		if c.Grad != "" {
			compareArrays(t, grad, filepath.Join(dir, "lpips", c.Grad), 1e-4)
		}
		if c.Spatial != "" {
			compareArrays(t, spatial, filepath.Join(dir, "lpips", c.Spatial), 1e-5)
		}
	}
}

// The numbers that the authors' pictures have.
func TestLPIPSGolden(t *testing.T) {
	dir := realWeights(t)
	b, err := os.ReadFile(filepath.Join(dir, "lpips_goldens.json"))
	if err != nil {
		t.Skip(err)
	}
	var goldens map[string]struct {
		LPIPS  float64
		Layers []float64 `json:"per_layer"`
	}
	if err := json.Unmarshal(b, &goldens); err != nil {
		t.Fatal(err)
	}
	for name, want := range goldens {
		net, picture, _ := strings.Cut(name, "/")
		args := []string{"--net", net, "--pred", filepath.Join(dir, picture+".png"), "--target", filepath.Join(dir, "ex_ref.png")}
		value, layers := perceptualJSON(t, args...)
		checkLayers(t, name, value, want.LPIPS, layers, want.Layers)
	}
}

func checkLayers(t *testing.T, name string, value, want float64, layers, wants []float64) {
	t.Helper()
	if !near(value, want, 1e-5) {
		t.Errorf("%s: got %v, want %v", name, value, want)
	}
	if len(layers) != len(wants) {
		t.Fatalf("%s: got %d layers, want %d", name, len(layers), len(wants))
	}
	for k := range wants {
		if !near(layers[k], wants[k], 1e-5) {
			t.Errorf("%s: layer %d: got %v, want %v", name, k, layers[k], wants[k])
		}
	}
}

// What is lacking is said, with the ways to get it.
func TestLPIPSWeights(t *testing.T) {
	empty := t.TempDir()
	for _, name := range []string{"LOSSCTL_WEIGHTS", "TORCH_HOME", "XDG_CACHE_HOME", "HF_HOME", "HOME"} {
		t.Setenv(name, empty)
	}
	code, _, errs := lossctl(t, ".", "", "perceptual", "--pred", "a.png", "--target", "b.png")
	if code != exitUsage || !strings.Contains(errs, "--net-weights: alexnet: got no weights in") || !strings.Contains(errs, "lossctl weights pull alexnet") {
		t.Errorf("exit %d: %s", code, errs)
	}
	bad := filepath.Join(empty, "bad.pth")
	if err := os.WriteFile(bad, []byte("not weights"), 0o666); err != nil {
		t.Fatal(err)
	}
	code, _, errs = lossctl(t, ".", "", "perceptual", "--pred", "a.png", "--target", "b.png", "--net-weights", bad)
	if code != exitUsage || strings.Count(errs, "\n") != 1 {
		t.Errorf("exit %d: %s", code, errs)
	}
}

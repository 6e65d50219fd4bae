package image

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Pictures of every kind have the pixels that Pillow gives, or are refused in
// one line; see scripts/reference/pictures.py.
func TestPillow(t *testing.T) {
	text, err := os.ReadFile("testdata/pixels.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		File, Alpha, Error string
		Shape              []int
		Largest, Off       float64
		Pixels             []float64
	}
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(c.File+" "+c.Alpha, func(t *testing.T) {
			shape, dtype, x, err := numbers(filepath.Join("testdata", c.File), c.Alpha)
			if c.Error != "" {
				if err == nil || !strings.Contains(err.Error(), c.Error) || strings.Contains(err.Error(), "\n") {
					t.Errorf("got %v, want %q", err, c.Error)
				}
				return
			}
			if err != nil || !slices.Equal(shape, append(c.Shape, 3)) || (dtype == "uint16") != (c.Largest > 255) {
				t.Fatalf("got %v of %s (%v), want %v up to %v", shape, dtype, err, c.Shape, c.Largest)
			}
			for i, want := range c.Pixels {
				if math.Abs(x[i]-want) > c.Off {
					t.Fatalf("number %d: got %v, want %v ± %v", i, x[i], want, c.Off)
				}
			}
		})
	}
}

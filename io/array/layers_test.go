package array

import "testing"

// Layers of a file follow each other in each sample, whatever their order and
// byte order, and wherever a range begins.
func TestLayers(t *testing.T) {
	for _, deflate := range []bool{false, true} {
		file := write(t, "f.npz", npz(t, deflate, "a", npyBytes("float32", false, false, 3, 2, 2), "b", npyBytes("float32", true, true, 3, 5), "c", npyBytes("float32", false, false, 3)))
		s, err := OpenLayers(file, false, Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		var want []float64
		per := []int{4, 5, 1}
		for sample := range 3 {
			for k, name := range []string{"a", "b", "c"} {
				all := readAll(t, mustOpen(t, file+":"+name, Options{}))
				want = append(want, all[sample*per[k]:(sample+1)*per[k]]...)
			}
		}
		checkRandom(t, s, want)
		parts := s.(*layered).Parts()
		if len(parts) != 3 || parts[1].Name != "b" || parts[1].Shape[0] != 5 || s.Shape()[1] != 10 {
			t.Errorf("got parts %v of shape %v", parts, s.Shape())
		}
		whole, err := OpenLayers(file, true, Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer whole.Close()
		if got := whole.Shape(); len(got) != 1 || got[0] != 30 {
			t.Errorf("whole arrays have shape %v", got)
		}
	}
}

// A file of one array is one layer of its shape.
func TestLayersOne(t *testing.T) {
	for spec, name := range map[string]string{
		write(t, "f.npy", npyBytes("float32", false, false, 3, 2)):                                           "features",
		write(t, "f.npz", npz(t, false, "a", npyBytes("float32", false, false, 3, 2))):                       "a",
		write(t, "g.npz", npz(t, false, "a", npyBytes("float32", false, false, 3, 2), "b", []byte{})) + ":a": "a",
	} {
		s, err := OpenLayers(spec, false, Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if parts := s.(*layered).Parts(); len(parts) != 1 || parts[0].Name != name || len(s.Shape()) != 2 {
			t.Errorf("%s: got parts %v of shape %v", spec, parts, s.Shape())
		}
	}
}

func TestLayersErrors(t *testing.T) {
	array := func(dtype string, shape ...int) []byte { return npyBytes(dtype, false, false, shape...) }
	for _, c := range []struct {
		file []byte
		want string
	}{
		{npz(t, false, "a", array("float32", 3, 2), "b", array("float32", 2, 2)), "f.npz:b: got 2 samples, want 3 as f.npz:a has"},
		{npz(t, false, "a", array("float32", 3, 2), "b", array("float64", 3, 2)), "f.npz:b: got dtype float64, want float32 as f.npz:a has"},
		{npz(t, false, "a", array("float32"), "b", array("float32", 3, 2)), "f.npz:a: got a scalar, want samples on axis 0"},
	} {
		path := write(t, "f.npz", c.file)
		_, err := OpenLayers(path, false, Options{})
		checkError(t, err, path, c.want)
	}
}

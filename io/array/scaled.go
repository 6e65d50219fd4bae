package array

import "lossctl/loss"

// scaled dequantises integers, (q - zero) * scale, as they are decoded.
type scaled struct {
	loss.Source
	scale, zero float64
}

// scale puts the dequantisation of the options before a source.
func scale(s loss.Source, opt Options) (loss.Source, error) {
	if opt.Scale == 0 {
		return s, nil
	}
	if !isInteger(s.Dtype()) {
		return nil, dataf(s.Name(), "got dtype %s with a scale and zero point, want quantised integers", s.Dtype())
	}
	return &scaled{s, opt.Scale, opt.ZeroPoint}, nil
}

// Dtype is that of the values, as the stored integers are no class ids.
func (s *scaled) Dtype() string { return "float64" }

func (s *scaled) Decode(dst []float64, buf *loss.Buffer, pos int) (lo, hi float64) {
	s.Source.Decode(dst, buf, pos)
	for i, q := range dst {
		dst[i] = (q - s.zero) * s.scale
	}
	return loss.Unknown()
}

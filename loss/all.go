package loss

import "strings"

// All are the declarations, in the order of help.
var All = []func() *Loss{GAN, GANPenalty, KL, KLDistill, KLGaussian, KLPolicy, KLTokens, KLAlign, Focal, IoU, IoUBoxes, Dice, CTC, Triplet, Mine, Perceptual, PerceptualFeatures}

// Find returns the declaration of that name, nil if there is none.
func Find(name string) func() *Loss {
	for _, make := range All {
		if make().Name == name {
			return make
		}
	}
	return nil
}

// Names returns the names of all losses.
func Names() []string {
	names := make([]string, len(All))
	for i, make := range All {
		names[i] = make().Name
	}
	return names
}

// Families returns the first words of the names, each once.
func Families() []string {
	var list []string
	for _, n := range Names() {
		first, _, _ := strings.Cut(n, " ")
		if len(list) == 0 || list[len(list)-1] != first {
			list = append(list, first)
		}
	}
	return list
}

package loss

// A Block is some positions of one frame, decoded. Excluded positions hold
// numbers that are harmless to every loss.
type Block struct {
	Frame *Frame
	N     int // positions
	// In has the numbers of every declared input, nil where it is absent:
	// one a position, or one a position and class, in rows or planes as
	// the frame says.
	In [][]float64
	// Class is the class of every position of a cyclic frame with more
	// than one class, else nil.
	Class []int32
}

// Out takes what Eval computes.
type Out struct {
	Terms [][]float64 // by term and position; nil for a term that nobody wants
	Class []int32     // the class of every position, if Eval says it; −1: none
}

// Role returns the role of an input in this block.
func (b *Block) Role(input int) Role { return b.Frame.Views[input].Role }

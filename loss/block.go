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
	Class  []int32
	Sample int       // index of the sample of the first position, in its part
	At     int       // of the first position, in its sample
	Weight []float64 // of the positions; nil: 1
	// Keep tells a Serial loss that Grad will come to the same positions.
	Keep bool
	// Trace tells that Spans will be asked for.
	Trace bool
	// Maps tells that Map will be asked for.
	Maps bool
	// Each calls do for every i in [0, n), on the goroutines of the job
	// where it has one batch only, and waits. The first argument of do is
	// less than Workers, and no two calls that run at once have the same.
	Each    func(n int, do func(worker, i int))
	Workers int
	// Left tells of each position whether it is left out; nil: none is. Only
	// losses whose positions depend on each other need to know.
	Left []bool
	// Masked tells that the mask leaves out all positions.
	Masked bool
}

// Out takes what Eval computes.
type Out struct {
	Terms [][]float64 // by term and position; nil for a term that nobody wants
	Class []int32     // the class of every position, if Eval says it; −1: none

	// Pairs takes rows of indices that Eval finds, as Loss.Found names them;
	// nil where nobody wants them.
	Pairs func(rows []int64)

	Found []Finding // what Eval has to say of numbers of the block
}

// A Finding is a number of an input that the run must speak of: an error
// where Want is set, else a warning. The first and the count are told. What
// is found at a position that is left out does not matter; Position −1 is the
// sample of the tile as a whole.
type Finding struct {
	Input, Position, Plane int
	Got                    string // "a sum of 0.9"; of a warning the whole sentence
	Want                   string
	Unit                   string // what is counted, "value" where empty
}

// Fail ends the run with "INPUT: got … at […], want …".
func (o *Out) Fail(input, position, plane int, got, want string) {
	o.Found = append(o.Found, Finding{Input: input, Position: position, Plane: plane, Got: got, Want: want})
}

// Warn adds the warning "INPUT: … at […]" to the result.
func (o *Out) Warn(input, position, plane int, text string) {
	o.Found = append(o.Found, Finding{Input: input, Position: position, Plane: plane, Got: text})
}

// Role returns the role of an input in this block.
func (b *Block) Role(input int) Role { return b.Frame.Views[input].Role }

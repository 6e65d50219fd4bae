package array

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/nlpodyssey/gopickle/pickle"
	"github.com/nlpodyssey/gopickle/types"
)

// A storage is what data.pkl says about a run of elements.
type storage struct {
	dtype string // "" where the tensor says it
	key   string // the member data/key
	size  int    // elements; bytes where dtype is ""
}

// A torchTensor is a view of a storage. All counts are in elements.
type torchTensor struct {
	storage       *storage
	dtype         string
	offset        int
	shape, stride []int
}

// storageTypes maps the classes of storages to numpy's types.
var storageTypes = map[string]string{
	"DoubleStorage": "float64", "FloatStorage": "float32", "HalfStorage": "float16", "BFloat16Storage": "bfloat16",
	"LongStorage": "int64", "IntStorage": "int32", "ShortStorage": "int16", "CharStorage": "int8",
	"ByteStorage": "uint8", "BoolStorage": "bool", "UntypedStorage": "",
}

// unpickle reads the structure of a PyTorch file and its storages by key. No code
// of the file runs: tensors and containers are rebuilt, every other class is a dumb
// value.
func unpickle(name string, data []byte) (value any, storages map[string]*storage, err error) {
	if _, err := checkPickle(name, data); err != nil {
		return nil, nil, err
	}
	defer func() {
		if r := recover(); r != nil { // gopickle panics on keys that are lists
			value, storages, err = nil, nil, dataf(name, "broken pickle: %v", r)
		}
	}()
	storages = map[string]*storage{}
	u := pickle.NewUnpickler(bytes.NewReader(data))
	u.FindClass = findTorchClass
	u.PersistentLoad = func(id any) (any, error) {
		t, ok := id.(*types.Tuple)
		if !ok || t.Len() < 5 || t.Get(0) != "storage" {
			return nil, fmt.Errorf("unknown persistent id")
		}
		class, isClass := t.Get(1).(storageClass)
		key, isKey := t.Get(2).(string)
		size, isSize := t.Get(4).(int)
		if !isClass || !isKey || !isSize || size < 0 {
			return nil, fmt.Errorf("unknown storage")
		}
		if t.Len() > 5 && t.Get(5) != nil { // before PyTorch 0.4
			return nil, fmt.Errorf("a storage within another")
		}
		if storages[key] == nil {
			storages[key] = &storage{string(class), key, size}
		}
		return storages[key], nil
	}
	if value, err = u.Load(); err != nil {
		return nil, nil, dataf(name, "broken pickle: %.200q", err.Error())
	}
	return value, storages, nil
}

// storageClass stands for torch.FloatStorage and the like, by numpy's type.
type storageClass string

// torchType stands for torch.float32 and the like, by its name.
type torchType string

// rebuild stands for torch._utils._rebuild_tensor_v2 and _v3: storage,
// offset, shape, stride, and with v3 the type in place 6.
type rebuild struct{ typed bool }

// parameter stands for torch._utils._rebuild_parameter, whose first argument
// is the tensor.
type parameter struct{}

// opaque stands for any other class and its values.
type opaque struct{}

func findTorchClass(module, name string) (any, error) {
	if dtype, ok := storageTypes[name]; ok && (module == "torch" || module == "torch.storage") {
		return storageClass(dtype), nil
	}
	switch {
	case module == "torch._utils" && name == "_rebuild_tensor_v2":
		return rebuild{}, nil
	case module == "torch._utils" && name == "_rebuild_tensor_v3":
		return rebuild{typed: true}, nil
	case module == "torch._utils" && name == "_rebuild_parameter":
		return parameter{}, nil
	case module == renamed && name == "OrderedDict":
		return orderedDict{}, nil
	case module == "torch":
		return torchType(name), nil
	}
	return opaque{}, nil
}

// orderedDict stands for collections.OrderedDict, which Python 2 pickled as a call
// with a list of lists [key, value].
type orderedDict struct{}

// renamed is what checkPickle makes of "collections", as gopickle has a class of
// its own that takes no list.
const renamed = "Collections"

func (orderedDict) Call(args ...any) (any, error) {
	d := types.NewOrderedDict()
	if len(args) == 0 {
		return d, nil
	}
	entries, ok := args[0].(*types.List)
	if !ok {
		return nil, fmt.Errorf("a dict of unknown arguments")
	}
	for _, e := range *entries {
		pair, ok := e.(*types.List)
		if !ok || pair.Len() != 2 {
			return nil, fmt.Errorf("a dict of unknown entries")
		}
		d.Set(pair.Get(0), pair.Get(1))
	}
	return d, nil
}

func (parameter) Call(args ...any) (any, error) {
	if len(args) == 0 {
		return opaque{}, nil
	}
	return args[0], nil
}

func (torchType) Call(args ...any) (any, error) { return opaque{}, nil }
func (opaque) Call(args ...any) (any, error)    { return opaque{}, nil }
func (opaque) PyNew(args ...any) (any, error)   { return opaque{}, nil }
func (opaque) PySetState(state any) error       { return nil }
func (opaque) Set(key, value any)               {}
func (opaque) Append(value any)                 {}

func (r rebuild) Call(args ...any) (any, error) {
	if len(args) < 4 {
		return nil, fmt.Errorf("a tensor of %d arguments", len(args))
	}
	s, isStorage := args[0].(*storage)
	offset, isOffset := args[1].(int)
	shape, isShape := lengths(args[2])
	stride, isStride := lengths(args[3])
	if !isStorage || !isOffset || !isShape || !isStride || len(shape) != len(stride) {
		return nil, fmt.Errorf("a tensor of unknown arguments")
	}
	t := &torchTensor{s, s.dtype, offset, shape, stride}
	if r.typed && len(args) > 6 {
		if name, ok := args[6].(torchType); ok {
			t.dtype = string(name)
		}
	}
	return t, nil
}

// lengths reads a tuple of integers.
func lengths(v any) ([]int, bool) {
	t, ok := v.(*types.Tuple)
	if !ok {
		return nil, false
	}
	all := make([]int, t.Len())
	for i := range all {
		if all[i], ok = t.Get(i).(int); !ok {
			return nil, false
		}
	}
	return all, true
}

// checkPickle looks at every opcode before gopickle does, which believes any
// length that it reads, and returns where the pickle ends. Only what torch.save
// writes is let through. Collections are renamed for findTorchClass.
func checkPickle(name string, data []byte) (end int, err error) {
	for i := 0; i < len(data); {
		op := data[i]
		i++
		n := 0
		rest := data[i:]
		switch op {
		case '.':
			return i, nil
		case '(', '0', '1', '2', 'N', 'Q', 'R', 'a', 'b', '}', 'e', ']', 's', 't', ')', 'u', 'd', 'l',
			0x81, 0x85, 0x86, 0x87, 0x88, 0x89, 0x93, 0x94:
		case 'K', 'h', 'q', 0x80:
			n = 1
		case 'M':
			n = 2
		case 'J', 'j', 'r':
			n = 4
		case 'G':
			n = 8
		case 'U', 'C', 0x8a, 0x8c:
			n = 1
			if len(rest) > 0 {
				n += int(rest[0])
			}
		case 'X', 'T', 'B', 0x8b:
			n = 4
			if len(rest) >= 4 {
				n += int(binary.LittleEndian.Uint32(rest))
			}
		case 'c':
			for range 2 {
				k := bytes.IndexByte(rest[n:], '\n')
				if k < 0 {
					return 0, dataf(name, "broken pickle: a name that does not end")
				}
				n += k + 1
			}
			if string(rest[:n]) == "collections\nOrderedDict\n" {
				copy(rest, renamed)
			}
		case 0x95:
			n = 8
			if len(rest) >= 8 && binary.LittleEndian.Uint64(rest) > uint64(len(rest)-8) {
				return 0, dataf(name, "broken pickle: a frame beyond its end")
			}
		default:
			return 0, dataf(name, "got opcode %#02x at byte %d of the pickle, want what torch.save writes", op, i-1)
		}
		if n > len(rest) {
			return 0, dataf(name, "broken pickle: an argument beyond its end")
		}
		i += n
	}
	return 0, dataf(name, "broken pickle: it does not end")
}

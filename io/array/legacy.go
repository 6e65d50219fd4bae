package array

import (
	"encoding/binary"

	"github.com/nlpodyssey/gopickle/types"

	"lossctl/loss"
)

// legacyMagic is the first pickle of what torch.save wrote before PyTorch 1.6: a
// number. Four more follow, the version of the format, what the machine was, the
// structure and the keys of the storages; then each storage, its length in front.
const legacyMagic = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."

// A legacy is the structure of such a file.
type legacy struct {
	names   []string
	tensors map[string]*torchTensor
	// storages are where the elements of each begin and how many bytes they have.
	storages map[string]struct{ at, size int64 }
}

func readLegacy(f *file) (*legacy, error) {
	var pickles [5][]byte
	var data []byte
	at := 0
	for size := int64(64 << 10); ; size *= 4 { // the structure is small, the storages are not
		data = make([]byte, min(size, maxPickle, f.size))
		if err := f.read(data, 0); err != nil {
			return nil, err
		}
		var err error
		at = 0
		for i := range pickles {
			end := 0
			if end, err = checkPickle(f.name, data[at:]); err != nil {
				break
			}
			pickles[i] = data[at : at+end]
			at += end
		}
		if err == nil {
			break
		}
		if len(data) < int(size) {
			return nil, err
		}
	}
	if version, _, err := unpickle(f.name, pickles[1]); err != nil || version != 1001 {
		return nil, dataf(f.name, "got version %v of PyTorch's files, want 1001", version)
	}
	if machine, _, err := unpickle(f.name, pickles[2]); err != nil || !littleEndian(machine) {
		return nil, dataf(f.name, "got a file of a big-endian machine, want one of a little-endian machine; save it again there with PyTorch 1.6 or later")
	}
	value, storages, err := unpickle(f.name, pickles[3])
	if err != nil {
		return nil, err
	}
	l := &legacy{storages: map[string]struct{ at, size int64 }{}}
	if l.names, l.tensors, err = named(f.name, value); err != nil {
		return nil, err
	}
	value, _, err = unpickle(f.name, pickles[4])
	keys, ok := value.(*types.List)
	if err != nil || !ok {
		return nil, dataf(f.name, "broken: got no list of storages")
	}
	place := int64(at)
	for _, k := range *keys {
		key, _ := k.(string)
		s := storages[key]
		if s == nil {
			return nil, dataf(f.name, "broken: got storage %.40q, want those of tensors", key)
		}
		var length [8]byte
		if f.size-place < 8 {
			return nil, dataf(f.name, "ends too early: got %d bytes, want storage %s from byte %d on", f.size, key, place)
		}
		if err := f.read(length[:], place); err != nil {
			return nil, err
		}
		place += 8
		n, size := binary.LittleEndian.Uint64(length[:]), uint64(max(loss.ItemBytes(s.dtype), 1)) // bytes where the tensor says the type
		if n != uint64(s.size) {
			return nil, dataf(f.name, "broken: got a storage of %d elements at byte %d, want %d", n, place, s.size)
		}
		if n > uint64(f.size-place)/size {
			return nil, dataf(f.name, "ends too early: got %d bytes, want %d elements of %d bytes from byte %d on", f.size, n, size, place)
		}
		l.storages[key] = struct{ at, size int64 }{place, int64(n * size)}
		place += int64(n * size)
	}
	if place != f.size {
		return nil, dataf(f.name, "got %d bytes, want %d by the lengths of its storages", f.size, place)
	}
	return l, nil
}

func littleEndian(machine any) bool {
	d, ok := machine.(*types.Dict)
	if !ok {
		return false
	}
	little, _ := d.Get("little_endian")
	return little == true
}

// openLegacy makes a source of one tensor; name "" is the only one.
func openLegacy(f *file, label, name string) (loss.Source, error) {
	l, err := readLegacy(f)
	if err != nil {
		return nil, err
	}
	t, err := choose(f.name, l.names, l.tensors, name)
	if err != nil {
		return nil, err
	}
	s, ok := l.storages[t.storage.key]
	if !ok {
		return nil, dataf(label, "broken: got no storage %.40q", t.storage.key)
	}
	return t.source(label, false, f.section(label, s.at, s.size))
}

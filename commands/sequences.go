package commands

import (
	"slices"

	"lossctl/io/array"
	"lossctl/loss"
)

// openSequences opens the inputs that are lists of ids and lie in text, or one
// behind the other; others are left to array.Open. It keeps the names that
// the text gives to the samples.
func (in *inputs) openSequences(given map[string]loss.Source) error {
	o := in.o
	for _, decl := range o.loss.Inputs {
		spec := o.spec(decl.Name)
		if decl.Sequence == "" || spec == "" || array.IsStdin(spec) {
			continue
		}
		rows, lengths, ids, err := in.openLists(spec)
		if err != nil {
			return err
		}
		if rows == nil {
			rows, lengths, err = in.cut(spec, o.spec(decl.Sequence))
			if err != nil {
				return err
			}
		} else if o.spec(decl.Sequence) != "" {
			lengths = nil // those that were given
		}
		if in.ids == nil && o.ids == "" {
			in.ids = ids
		}
		given[decl.Name] = rows
		if lengths != nil {
			given[decl.Sequence] = lengths
		}
	}
	return nil
}

// openLists opens a text of lists; nil where it is an array.
func (in *inputs) openLists(spec string) (rows, lengths loss.Source, ids []string, err error) {
	opt := array.SequenceOptions{Options: in.arrayOptions(false)}
	if tokens := in.o.tokens(); tokens != nil {
		opt.Spell = loss.Speller(tokens)
	}
	if in.o.ids != "" {
		if opt.IDs, err = array.Strings(in.o.ids); err != nil {
			return nil, nil, nil, err
		}
	}
	return array.OpenSequences(spec, opt)
}

// tokens are the vocabulary, nil where there is none.
func (o *options) tokens() []string {
	k := slices.IndexFunc(o.loss.Params, func(p loss.Param) bool { return p.IsTokens() })
	if k < 0 {
		return nil
	}
	return o.loss.Params[k].Tokens()
}

// cut opens an array, and where it has one axis cuts it by the lengths of
// several samples.
func (in *inputs) cut(spec, by string) (rows, lengths loss.Source, err error) {
	src, err := array.Open(spec, in.arrayOptions(false))
	if err != nil {
		return nil, nil, err
	}
	if by == "" || len(src.Shape()) != 1 {
		return array.Lists(src), nil, nil
	}
	if lengths, err = array.Open(by, in.arrayOptions(false)); err != nil {
		src.Close()
		return nil, nil, err
	}
	if loss.Volume(lengths.Shape()) > 1 || loss.Volume(src.Shape()) == 0 {
		rows, err = array.Ragged(src, lengths)
		if err != nil {
			src.Close()
			lengths.Close()
			return nil, nil, err
		}
		src = rows
	}
	return src, lengths, nil
}

// readTokens reads the vocabularies that files hold.
func (o *options) readTokens(flag, file string, opt array.Options) error {
	text, err := array.Text(file, opt)
	if err != nil {
		return err
	}
	if err := o.loss.Param(flag).Value.Set(text); err != nil {
		return usagef("--%s: %s: %w", flag, file, err)
	}
	return nil
}

package main

import (
	"cuelang.org/go/cue"
	"cuelang.org/go/cue/errors"
)

// Fault is one thing that is wrong with a value, and whether it is that something is missing.
type Fault struct {
	error   errors.Error
	missing bool
}

// wrong is all that is wrong with a value.
//
// Validate alone stops at what it takes for the worst: beside a value that is not allowed it says nothing of a
// field that is missing. So, where anything is wrong at all, every part is asked for itself.
func wrong(whole cue.Value) []Fault {
	seen := map[string]bool{}
	absent := map[string]bool{}
	found := []Fault{}
	add := func(err error, missing bool) {
		for _, each := range errors.Errors(err) {
			if missing {
				absent[each.Error()] = true
			}
			if key := errors.Details(each, nil); !seen[key] {
				seen[key] = true
				found = append(found, Fault{error: each})
			}
		}
	}
	err := whole.Validate(cue.Concrete(true), cue.Final())
	if err == nil {
		return nil
	}
	add(err, false)
	parts(whole, func(part cue.Value, demanded bool) {
		if demanded {
			add(part.Err(), true)
		} else {
			add(part.Validate(cue.Concrete(true), cue.Final()), unsaid(part))
		}
	})
	for index, each := range found {
		found[index].missing = absent[each.error.Error()]
	}
	return found
}

// unsaid tells whether nobody says what a value is: it may still become one of several.
func unsaid(part cue.Value) bool {
	kind := part.IncompleteKind()
	return kind != cue.BottomKind && kind != cue.StructKind && kind != cue.ListKind && !part.IsConcrete()
}

// parts visits all that a value holds, and the fields that it demands and does not hold.
func parts(whole cue.Value, visit func(part cue.Value, demanded bool)) {
	if fields, err := fieldsOf(whole); err == nil {
		demands := demanded(whole)
		for fields.Next() {
			switch {
			case demands[labelOf(fields.Selector())]:
				visit(fields.Value(), true)
			case fields.Selector().ConstraintType() != cue.OptionalConstraint:
				visit(fields.Value(), false)
				parts(fields.Value(), visit)
			}
		}
		return
	}
	if items, err := whole.List(); err == nil {
		for items.Next() {
			visit(items.Value(), false)
			parts(items.Value(), visit)
		}
	}
}

// fieldsOf are the fields of a struct in their final form, or as far as they are known where a condition is open.
func fieldsOf(whole cue.Value) (*cue.Iterator, error) {
	fields, err := whole.Fields(cue.Optional(true), cue.Final())
	if kind := whole.IncompleteKind(); err != nil && (kind == cue.BottomKind || kind&cue.StructKind != 0) {
		fields, err = whole.Fields(cue.Optional(true))
	}
	return fields, err
}

// demanded are the names of fields that a struct demands and does not hold. Those who iterate over fields in
// their final form get an error in place of each of these, and are not told what it is.
func demanded(whole cue.Value) map[string]bool {
	names := map[string]bool{}
	if fields, err := whole.Fields(cue.Optional(true)); err == nil {
		for fields.Next() {
			if fields.Selector().ConstraintType() == cue.RequiredConstraint {
				names[labelOf(fields.Selector())] = true
			}
		}
	}
	return names
}

// labelOf is a label without what it says of its field: `?` or `!`.
func labelOf(selector cue.Selector) string {
	if selector.LabelType() == cue.StringLabel {
		return selector.Unquoted()
	}
	return selector.String()
}

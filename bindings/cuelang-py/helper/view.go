package main

import (
	"maps"
	"slices"
	"strings"

	"cuelang.org/go/cue/ast"
)

// View is the part of a document that constraints can speak of: its fields by name, or all of it.
//
// A document is held to many constraints, most of which are about one of its sections. Names in CUE are
// lexical, so what a text does not declare it cannot speak of, and need not be shown.
type View struct {
	names map[string]bool
	whole bool
	key   string
}

// viewOf tells what some files can speak of.
func viewOf(files []*ast.File) View {
	view := View{names: map[string]bool{}}
	for _, file := range files {
		view.add(file.Decls)
	}
	view.key = strings.Join(slices.Sorted(maps.Keys(view.names)), "\n")
	if view.whole {
		view.key = "\n"
	}
	return view
}

func (v *View) add(decls []ast.Decl) {
	for _, decl := range decls {
		switch decl := decl.(type) {
		case *ast.Field:
			name := nameOf(decl.Label)
			v.whole = v.whole || name == unnamed
			v.names[name] = true
		case *ast.Comprehension:
			if body, ok := decl.Value.(*ast.StructLit); ok {
				v.add(body.Elts)
			} else {
				v.whole = true
			}
		case *ast.EmbedDecl, *ast.Alias, *ast.BadDecl:
			v.whole = true
		}
	}
}

func (v *View) shows(name string) bool { return v.whole || v.names[name] }

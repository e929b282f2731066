package main

import (
	"errors"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"
	"cuelang.org/go/encoding/json"
)

// documentName is what positions in a document are in.
const documentName = "document.json"

// Document is what is held to constraints: JSON, and where each of its values stands.
type Document struct {
	tree    *ast.StructLit
	places  map[int][]any
	values  map[string]cue.Value
	unknown [][]string
	filled  *Document // the same with something that nobody knows at every path of `unknown`; nil if there is none
}

// open reads a document, in which nothing stands where it is unknown what does.
func open(text []byte, unknown [][]string) (*Document, error) {
	tree, err := json.Extract(documentName, text)
	if err != nil {
		return nil, err
	}
	whole, ok := tree.(*ast.StructLit)
	if !ok {
		return nil, errors.New("a document is a JSON object")
	}
	document := &Document{tree: whole, values: map[string]cue.Value{}, unknown: unknown}
	if len(unknown) > 0 {
		document.filled = &Document{tree: filled(whole, unknown), values: map[string]cue.Value{}}
	}
	return document, nil
}

// shown is the part of the document that somebody looks at, as a value.
func (d *Document) shown(context *cue.Context, view *View) cue.Value {
	value, known := d.values[view.key]
	if !known {
		value = context.BuildExpr(view.of(d.tree))
		d.values[view.key] = value
	}
	return value
}

// at is the path of the value that stands at a position, if there is one.
func (d *Document) at(pos token.Pos) [][]any {
	if d.places == nil {
		d.places = map[int][]any{}
		note(d.places, d.tree, []any{})
	}
	if path, known := d.places[pos.Offset()]; known {
		return [][]any{path}
	}
	return nil
}

func note(places map[int][]any, node ast.Expr, path []any) {
	places[node.Pos().Offset()] = path
	switch node := node.(type) {
	case *ast.StructLit:
		for _, decl := range node.Elts {
			if field, ok := decl.(*ast.Field); ok {
				inner := append(path[:len(path):len(path)], nameOf(field.Label))
				places[field.Pos().Offset()] = inner
				note(places, field.Value, inner)
			}
		}
	case *ast.ListLit:
		for index, item := range node.Elts {
			note(places, item, append(path[:len(path):len(path)], index))
		}
	}
}

package main

import (
	"slices"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/token"
)

// filled is a document with something that nobody knows at some paths, which does away with what is there.
func filled(whole *ast.StructLit, paths [][]string) *ast.StructLit {
	for _, path := range paths {
		whole = fill(whole, path)
	}
	return whole
}

func fill(whole *ast.StructLit, path []string) *ast.StructLit {
	var before ast.Expr
	part := only(whole, func(field *ast.Field) ast.Expr {
		if nameOf(field.Label) != path[0] {
			return field.Value
		}
		before = field.Value
		return nil
	})
	value := something()
	if len(path) > 1 {
		inner, ok := before.(*ast.StructLit)
		if !ok {
			inner = &ast.StructLit{}
		}
		value = fill(inner, path[1:])
	}
	part.Elts = append(part.Elts, &ast.Field{Label: ast.NewString(path[0]), Value: value})
	return part
}

// something is an item of some list: whatever asks for its value gets no answer yet, so that nothing follows,
// not even that an alternative is out or a default holds.
func something() ast.Expr {
	return &ast.IndexExpr{X: ast.NewList(ast.NewIdent("_")), Index: ast.NewIdent("int")}
}

// certain are the faults of a document that it has whatever is unknown of it: values that conflict, and what is
// demanded and missing, both where something unknown is filled in and where nothing is.
func certain(filled, without cue.Value, unknown [][]string) []Fault {
	places := [][]any{}
	for _, each := range wrong(without) {
		places = append(places, pathOf(each.error.Path()))
	}
	conflicts := conflicting(filled)
	return slices.DeleteFunc(wrong(filled), func(each Fault) bool {
		path := pathOf(each.error.Path())
		same := func(place []any) bool { return slices.Equal(place, path) }
		return !each.missing && !conflicts[errors.Details(each.error, nil)] ||
			slices.ContainsFunc(unknown, func(above []string) bool { return below(path, above) }) ||
			!slices.ContainsFunc(places, same)
	})
}

// conflicting is what is wrong with a value however much is added to it, in the engine's words.
func conflicting(whole cue.Value) map[string]bool {
	found := map[string]bool{}
	add := func(part cue.Value, demanded bool) {
		if !demanded {
			for _, each := range errors.Errors(part.Validate(cue.Final())) {
				found[errors.Details(each, nil)] = true
			}
		}
	}
	add(whole, false)
	parts(whole, add)
	return found
}

func below(path []any, above []string) bool {
	if len(path) < len(above) {
		return false
	}
	for index, key := range above {
		if path[index] != key {
			return false
		}
	}
	return true
}

// ofAbsence tells whether constraints say anything of what is not there: by a comparison with `_|_`, or by a
// default.
func ofAbsence(files []*ast.File) bool {
	found := false
	for _, file := range files {
		ast.Walk(file, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.BottomLit:
				found = true
			case *ast.UnaryExpr:
				found = found || node.Op == token.MUL
			}
			return !found
		}, nil)
	}
	return found
}

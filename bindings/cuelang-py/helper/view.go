package main

import (
	"maps"
	"slices"
	"strings"

	"cuelang.org/go/cue/ast"
)

// View is the part of a document that constraints can speak of: fields by name, each whole or as far as its own
// fields are named; or all of it.
//
// A document is held to many constraints, most of which are about a few fields of one of its sections. Names in
// CUE are lexical, so what a text does not declare it cannot speak of, and need not be shown. Wherever a field
// might be spoken of in any other way (a pattern, a definition, a reference to what holds it), more is shown.
type View struct {
	whole    bool
	sections map[string]*Section
	key      string
}

// Section is a field of a document, whole or as far as some of its own fields.
type Section struct {
	whole bool
	names map[string]bool
}

// viewOf tells what some files can speak of.
func viewOf(files []*ast.File) View {
	view := View{sections: map[string]*Section{}}
	for _, file := range files {
		view.add(file.Decls)
	}
	for _, file := range files {
		for _, decl := range file.Decls {
			view.refer(decl)
		}
	}
	view.key = view.describe()
	return view
}

func (v *View) add(decls []ast.Decl) {
	v.whole = !named(decls, func(field *ast.Field) {
		name := nameOf(field.Label)
		section := v.sections[name]
		if section == nil {
			section = &Section{names: map[string]bool{}}
			v.sections[name] = section
		}
		value, ok := field.Value.(*ast.StructLit)
		plain := ok && named(value.Elts, func(inner *ast.Field) { section.names[nameOf(inner.Label)] = true })
		section.whole = section.whole || !plain
	}) || v.whole
}

// named visits the fields that some declarations name, those under conditions too; false if they may be about
// any others.
func named(decls []ast.Decl, visit func(*ast.Field)) bool {
	for _, decl := range decls {
		switch decl := decl.(type) {
		case *ast.Field:
			if _, renamed := decl.Label.(*ast.Alias); renamed || decl.Alias != nil || nameOf(decl.Label) == unnamed {
				return false
			}
			visit(decl)
		case *ast.Comprehension:
			body, ok := decl.Value.(*ast.StructLit)
			if !ok || !named(body.Elts, visit) {
				return false
			}
		case *ast.EmbedDecl, *ast.Alias, *ast.BadDecl:
			return false
		}
	}
	return true
}

// refer shows every section whole that is named in an expression: what is then selected of it cannot be told.
func (v *View) refer(node ast.Node) {
	ast.Walk(node, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.Field:
			if nameOf(node.Label) == unnamed {
				v.refer(node.Label)
			}
			v.refer(node.Value)
			return false
		case *ast.SelectorExpr:
			v.refer(node.X)
			return false
		case *ast.Ident:
			if section := v.sections[node.Name]; section != nil {
				section.whole = true
			}
		}
		return true
	}, nil)
}

// speaksOf are those paths that lead to what is shown.
func (v *View) speaksOf(paths [][]string) [][]string {
	return slices.DeleteFunc(slices.Clone(paths), func(path []string) bool {
		section := v.sections[path[0]]
		return !v.whole && (section == nil || len(path) > 1 && !section.whole && !section.names[path[1]])
	})
}

func (v *View) describe() string {
	if v.whole {
		return "*"
	}
	text := strings.Builder{}
	for _, name := range slices.Sorted(maps.Keys(v.sections)) {
		text.WriteString("\n" + name)
		if section := v.sections[name]; section.whole {
			text.WriteString("\n\t*")
		} else {
			for _, inner := range slices.Sorted(maps.Keys(section.names)) {
				text.WriteString("\n\t" + inner)
			}
		}
	}
	return text.String()
}

// of is the part of a document that is shown.
func (v *View) of(document *ast.StructLit) *ast.StructLit {
	if v.whole {
		return document
	}
	return only(document, func(field *ast.Field) ast.Expr {
		section := v.sections[nameOf(field.Label)]
		if section == nil {
			return nil
		}
		inner, ok := field.Value.(*ast.StructLit)
		if section.whole || !ok {
			return field.Value
		}
		return only(inner, func(field *ast.Field) ast.Expr {
			if section.names[nameOf(field.Label)] {
				return field.Value
			}
			return nil
		})
	})
}

// only is a struct with some of its fields, each with the value that is shown of it.
func only(whole *ast.StructLit, show func(*ast.Field) ast.Expr) *ast.StructLit {
	part := &ast.StructLit{Lbrace: whole.Lbrace, Rbrace: whole.Rbrace}
	for _, decl := range whole.Elts {
		field, ok := decl.(*ast.Field)
		if !ok {
			continue
		}
		if value := show(field); value != nil {
			shown := *field
			shown.Value = value
			part.Elts = append(part.Elts, &shown)
		}
	}
	return part
}

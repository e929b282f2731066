package main

import (
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"
)

// attribute is what a constraint says about itself by: @qpf(code=…, layer=…, message=…, hint=…).
const attribute = "qpf"

// Rule is a part of a text with such an attribute.
type Rule struct {
	Says       map[string]string `json:"says"`
	At         Position          `json:"at"`
	About      Position          `json:"about"`
	file       string
	start, end int
	labels     []string
}

// unnamed stands for a label that is no name: a pattern, or one that is computed.
const unnamed = "*"

// rulesOf finds every attribute of a file, and which part of it each is about: a field with all that it
// holds, the struct that it stands in, or the whole file.
func rulesOf(context *cue.Context, text string, syntax *ast.File) []Rule {
	rules := []Rule{}
	labels := []string{}
	begin := map[ast.Node]ast.Node{}
	add := func(found *ast.Attribute, about ast.Node) {
		if name, _ := found.Split(); name == attribute {
			rules = append(rules, Rule{
				Says:   said(context, found),
				At:     positionIn(text, found.Pos()),
				About:  positionIn(text, about.Pos()),
				file:   syntax.Filename,
				start:  about.Pos().Offset(),
				end:    about.End().Offset(),
				labels: append([]string{}, labels...),
			})
		}
	}
	inner := func(decls []ast.Decl, about ast.Node) {
		for _, decl := range decls {
			if found, ok := decl.(*ast.Attribute); ok {
				add(found, about)
			}
		}
	}
	ast.Walk(syntax, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.File:
			inner(node.Decls, node)
		case *ast.StructLit:
			inner(node.Elts, node)
		case *ast.Field:
			labels = append(labels, nameOf(node.Label))
			if begin[node] == nil {
				begin[node] = node
			}
			if inner := short(node); inner != nil {
				begin[inner] = begin[node]
			}
			for _, found := range node.Attrs {
				add(found, begin[node])
			}
		}
		return true
	}, func(node ast.Node) {
		if _, ok := node.(*ast.Field); ok {
			labels = labels[:len(labels)-1]
		}
	})
	return rules
}

// short is the field that is written behind another without braces, `a: b: …`: what stands at its end is about
// both.
func short(field *ast.Field) *ast.Field {
	value, ok := field.Value.(*ast.StructLit)
	if !ok || value.Lbrace.IsValid() || len(value.Elts) != 1 {
		return nil
	}
	inner, _ := value.Elts[0].(*ast.Field)
	return inner
}

func nameOf(label ast.Label) string {
	if name, _, err := ast.LabelName(label); err == nil {
		return name
	}
	return unnamed
}

// said reads what an attribute says, as the engine reads attributes.
func said(context *cue.Context, found *ast.Attribute) map[string]string {
	field := &ast.Field{
		Label: ast.NewIdent("x"),
		Value: ast.NewIdent("_"),
		Attrs: []*ast.Attribute{{Text: found.Text}},
	}
	value := context.BuildFile(&ast.File{Decls: []ast.Decl{field}}).LookupPath(cue.ParsePath("x"))
	return arguments(value.Attribute(attribute))
}

func arguments(read cue.Attribute) map[string]string {
	says := map[string]string{}
	for index := range read.NumArgs() {
		key, text := read.Arg(index)
		says[strings.TrimSpace(key)] = text
	}
	return says
}

// holds tells whether something stands in the part that the rule is about.
func (r *Rule) holds(pos token.Pos) bool {
	return r.file == pos.Filename() && r.start <= pos.Offset() && pos.Offset() < r.end
}

// defines tells whether the rule is about a definition, which is used elsewhere.
func (r *Rule) defines() bool {
	last := len(r.labels) - 1
	return last >= 0 && strings.Contains(r.labels[last], "#")
}

// isAbove tells whether a path leads through the part that the rule is about, as far as labels are names.
func (r *Rule) isAbove(path []any) bool {
	if len(r.labels) > len(path) {
		return false
	}
	for index, label := range r.labels {
		if label != path[index] {
			return false
		}
	}
	return true
}

// closer tells whether this rule says more about a path than another: it is about a deeper part of the path,
// or else about a shorter part of the text. A definition is no part of any path, so what the place that uses
// it says goes before what it says of itself, and what its fields say goes before both.
func (r *Rule) closer(other *Rule, path []any) bool {
	ours, theirs := r.depth(path), other.depth(path)
	if ours != theirs {
		return ours > theirs
	}
	return r.end-r.start < other.end-other.start
}

// depth is how far down a path the rule speaks; 0 if it cannot be told.
func (r *Rule) depth(path []any) int {
	if len(r.labels) == 0 {
		return 0
	}
	last := r.labels[len(r.labels)-1]
	if last == unnamed {
		return min(len(r.labels), len(path))
	}
	for index := len(path); index > 0; index-- {
		if path[index-1] == last {
			return index
		}
	}
	return 0
}

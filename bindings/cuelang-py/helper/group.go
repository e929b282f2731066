package main

import (
	"slices"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/token"
)

// File is a text of CUE and what it is called.
type File struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// Group is what is built together: the files of one package in one folder, or one file of no package.
type Group struct {
	files []File
	value cue.Value
	view  View
	rules []Rule
	sound bool
	// Whether it says anything of what is not there: of that which is unknown, it would take it for absent.
	absence bool
}

// read sorts files into groups; files that are no CUE are findings, and their groups are left out.
func read(files []File) ([]*Group, []Finding) {
	findings := []Finding{}
	byKey := map[string]*Group{}
	broken := map[string]bool{}
	groups := []*Group{}
	files = slices.Clone(files)
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	for _, file := range files {
		syntax, err := parser.ParseFile(file.Name, file.Text, parser.ParseComments)
		key := keyOf(file.Name, syntax)
		if err == nil {
			err = foreign(syntax)
		}
		if err != nil {
			broken[key] = true
			findings = append(findings, faults([]File{file}, err)...)
		}
		if byKey[key] == nil {
			byKey[key] = &Group{}
			groups = append(groups, byKey[key])
		}
		byKey[key].files = append(byKey[key].files, file)
	}
	for key, group := range byKey {
		if broken[key] {
			groups = slices.DeleteFunc(groups, func(each *Group) bool { return each == group })
		}
	}
	return groups, findings
}

// keyOf tells apart what is built together.
func keyOf(name string, syntax *ast.File) string {
	if syntax != nil && syntax.PackageName() != "" {
		folder, _ := splitPath(name)
		return folder + ":" + syntax.PackageName()
	}
	return name
}

func splitPath(name string) (folder, file string) {
	cut := strings.LastIndex(name, "/") + 1
	return name[:cut], name[cut:]
}

// foreign refuses imports of anything but the pure part of the standard library.
func foreign(syntax *ast.File) error {
	var all errors.Error
	for spec := range syntax.ImportSpecs() {
		path := strings.Trim(spec.Path.Value, `"`)
		first, _, _ := strings.Cut(path, "/")
		if strings.Contains(first, ".") || first == "tool" {
			all = errors.Append(all, errors.Newf(spec.Pos(),
				"constraints may import the standard library only, and no tools: not %q", path))
		}
	}
	if all == nil {
		return nil
	}
	return all
}

func (g *Group) names() []string {
	names := []string{}
	for _, file := range g.files {
		names = append(names, file.Name)
	}
	return names
}

// build compiles and evaluates what the group says by itself, and finds its rules.
//
// What cannot be told without a document is no fault.
func (g *Group) build(context *cue.Context) []Finding {
	g.sound = false
	g.rules = nil
	instance := build.NewContext().NewInstance("", refuse)
	texts := []*ast.File{}
	for _, file := range g.files {
		syntax, err := parser.ParseFile(file.Name, file.Text, parser.ParseComments)
		if err != nil {
			return faults(g.files, err)
		}
		texts = append(texts, syntax)
		g.rules = append(g.rules, rulesOf(context, file.Text, syntax)...)
		if err := instance.AddSyntax(syntax); err != nil {
			return faults(g.files, err)
		}
	}
	g.view, g.absence = viewOf(texts), ofAbsence(texts)
	g.value = context.BuildInstance(instance)
	if err := g.value.Validate(); err != nil {
		return faults(g.files, err)
	}
	g.sound = true
	return []Finding{}
}

// refuse finds no package: those of the standard library are found without it.
func refuse(_ token.Pos, _ string) *build.Instance { return nil }

// vet holds a document to the group.
func (g *Group) vet(context *cue.Context, document *Document) []Finding {
	unknown := g.view.speaksOf(document.unknown)
	if len(unknown) > 0 && g.absence {
		return nil
	}
	both := g.value.Unify(document.shown(context, &g.view))
	if len(unknown) == 0 {
		return g.explain(both, wrong(both), document)
	}
	filled := g.value.Unify(document.filled.shown(context, &g.view))
	return g.explain(filled, certain(filled, both, unknown), document)
}

// closer is, of a rule and those that hold a position, the one that says most about a path.
func (g *Group) closer(rule *Rule, pos token.Pos, path []any) *Rule {
	for index := range g.rules {
		each := &g.rules[index]
		if each.holds(pos) && (rule == nil || each.closer(rule, path)) {
			rule = each
		}
	}
	return rule
}

// above is the rule that says most about a path, whatever positions took part.
func (g *Group) above(path []any) *Rule {
	var rule *Rule
	for index := range g.rules {
		each := &g.rules[index]
		if each.isAbove(path) && (rule == nil || each.closer(rule, path)) {
			rule = each
		}
	}
	return rule
}

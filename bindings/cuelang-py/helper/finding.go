package main

import (
	"cmp"
	"slices"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/token"
)

// Finding is one thing that is wrong.
type Finding struct {
	Kind        string            `json:"kind"`
	Path        []any             `json:"path"`
	Message     string            `json:"message"`
	Data        [][]any           `json:"data"`
	Constraints []Position        `json:"constraints"`
	Attribute   map[string]string `json:"attribute"`
	Rule        *Position         `json:"rule"`
}

// What kinds of findings there are.
const (
	value      = "value"      // the document has a value that a constraint forbids
	missing    = "missing"    // the document lacks what a constraint demands
	unreadable = "unreadable" // the document is no JSON
	constraint = "constraint" // a constraint makes no sense itself
)

// faults are findings about constraints themselves.
func faults(files []File, err error) []Finding {
	findings := []Finding{}
	for _, each := range errors.Errors(err) {
		found := Finding{Kind: constraint, Path: pathOf(each.Path()), Message: textOf(each)}
		for _, pos := range errors.Positions(each) {
			if text, known := textIn(files, pos); known {
				found.Constraints = append(found.Constraints, positionIn(text, pos))
			}
		}
		if len(found.Constraints) == 0 {
			found.Constraints = []Position{top(files)}
		}
		findings = append(findings, found)
	}
	return findings
}

// top is where to point if the engine points nowhere.
func top(files []File) Position { return Position{files[0].Name, 1, 1} }

func textIn(files []File, pos token.Pos) (string, bool) {
	for _, file := range files {
		if file.Name == pos.Filename() {
			return file.Text, true
		}
	}
	return "", false
}

// explain turns what the engine says of a document into findings: what is about one rule and one path is one,
// and so is what is wrong with all forms of a disjunction.
func (g *Group) explain(both cue.Value, all []Fault, document *Document) []Finding {
	found := []Finding{}
	for _, each := range all {
		one := Finding{Kind: value, Path: pathOf(each.error.Path()), Message: textOf(each.error)}
		if each.missing {
			one.Kind = missing
		}
		var rule *Rule
		for _, pos := range errors.Positions(each.error) {
			if pos.Filename() == documentName {
				one.Data = append(one.Data, document.at(pos)...)
			} else if text, known := textIn(g.files, pos); known {
				one.Constraints = append(one.Constraints, positionIn(text, pos))
				rule = g.closer(rule, pos, one.Path)
			}
		}
		if rule == nil || rule.defines() {
			rule = cmp.Or(g.above(one.Path), rule)
		}
		if rule != nil {
			one.Attribute, one.Rule = rule.Says, &rule.About
		}
		found = append(found, one)
	}
	found = merged(both, found)
	for index, each := range found {
		if len(each.Constraints) == 0 && each.Rule != nil {
			found[index].Constraints = []Position{*each.Rule}
		} else if len(each.Constraints) == 0 {
			found[index].Constraints = []Position{top(g.files)}
		}
	}
	return found
}

// merged makes one finding of those that are about the same.
func merged(both cue.Value, found []Finding) []Finding {
	heads := [][]any{}
	for _, each := range found {
		if len(each.Constraints)+len(each.Data) == 0 {
			heads = append(heads, each.Path)
		}
	}
	findings := []Finding{}
	for _, each := range found {
		for _, head := range heads {
			if begins(each.Path, head) && len(each.Path) > len(head) {
				each.Path, each.Kind = head, value
			}
		}
		same := slices.IndexFunc(findings, func(one Finding) bool { return one.same(each) })
		if same < 0 {
			findings = append(findings, each)
		} else {
			findings[same].merge(each)
		}
	}
	for index := range findings {
		if findings[index].Attribute == nil {
			findings[index].inherit(both)
		}
	}
	return findings
}

func begins(path, with []any) bool {
	return len(path) >= len(with) && slices.Equal(path[:len(with)], with)
}

// same tells whether two findings are about one path and one rule, or one of them does not say which.
func (f *Finding) same(other Finding) bool {
	if !slices.Equal(f.Path, other.Path) {
		return false
	}
	return f.Rule == nil || other.Rule == nil || *f.Rule == *other.Rule
}

// merge adds what took part in another finding about the same.
func (f *Finding) merge(other Finding) {
	if len(f.Constraints)+len(f.Data) == 0 {
		f.Message, f.Kind = other.Message, other.Kind
	}
	if f.Rule == nil {
		f.Rule, f.Attribute = other.Rule, other.Attribute
	}
	for _, at := range other.Constraints {
		if !slices.Contains(f.Constraints, at) {
			f.Constraints = append(f.Constraints, at)
		}
	}
	for _, path := range other.Data {
		if !slices.ContainsFunc(f.Data, func(each []any) bool { return slices.Equal(each, path) }) {
			f.Data = append(f.Data, path)
		}
	}
}

// inherit takes what the value at the path says of itself, or the nearest above it that says anything.
func (f *Finding) inherit(both cue.Value) {
	for length := len(f.Path); length > 0; length-- {
		selectors := []cue.Selector{}
		for _, part := range f.Path[:length] {
			switch part := part.(type) {
			case int:
				selectors = append(selectors, cue.Index(part))
			case string:
				selectors = append(selectors, cue.Str(part))
			}
		}
		for _, each := range both.LookupPath(cue.MakePath(selectors...)).Attributes(cue.ValueAttr) {
			if each.Name() == attribute {
				f.Attribute = arguments(each)
				return
			}
		}
	}
}

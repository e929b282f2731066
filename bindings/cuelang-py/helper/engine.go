package main

import (
	"errors"
	"runtime"
	"runtime/debug"
	"slices"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"
)

// Engine holds constraints, and holds documents to them.
type Engine struct {
	memory  uint64
	at      func(group int)
	context *cue.Context
	groups  []*Group
	vetted  int
}

// answer does what a request asks for.
func (e *Engine) answer(request Request) (Answer, error) {
	switch {
	case request.Read != nil:
		return e.read(request.Read), nil
	case request.Build != nil && *request.Build >= 0 && *request.Build < len(e.groups):
		group := e.groups[*request.Build]
		e.at(*request.Build)
		findings := group.build(e.context)
		return Answer{Findings: findings, Rules: group.rules}, nil
	case request.Vet != nil:
		return Answer{Findings: e.vet([]byte(*request.Vet), request.Unknown, request.Skip)}, nil
	}
	return Answer{}, errors.New("this is no request: it asks for nothing that can be done")
}

func (e *Engine) read(files []File) Answer {
	groups, findings := read(files)
	e.groups, e.context = groups, cuecontext.New()
	names := [][]string{}
	for _, group := range groups {
		names = append(names, group.names())
	}
	return Answer{Groups: names, Findings: findings}
}

// vet holds one document to every group that is sound and not to be skipped.
func (e *Engine) vet(text []byte, unknown [][]string, skip []int) []Finding {
	e.refresh()
	document, err := open(text, unknown)
	if err != nil {
		return []Finding{{Kind: unreadable, Path: []any{}, Message: err.Error()}}
	}
	findings := []Finding{}
	for index, group := range e.groups {
		if group.sound && !slices.Contains(skip, index) {
			e.at(index)
			findings = append(findings, group.vet(e.context, document)...)
		}
	}
	return findings
}

// refresh starts with a new context where the old one, which forgets nothing, has grown large.
func (e *Engine) refresh() {
	e.vetted++
	if e.vetted%often != 0 || e.memory == 0 {
		return
	}
	var use runtime.MemStats
	runtime.ReadMemStats(&use)
	if use.HeapAlloc < e.memory/2 {
		return
	}
	e.context = cuecontext.New()
	for _, group := range e.groups {
		if group.sound {
			group.build(e.context)
		}
	}
	runtime.GC()
}

const often = 16

// engineVersion is the version of the CUE module that is built in.
func engineVersion() string {
	info, ok := debug.ReadBuildInfo()
	if ok {
		for _, module := range info.Deps {
			if module.Path == "cuelang.org/go" {
				return module.Version
			}
		}
	}
	return ""
}

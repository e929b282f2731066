package main

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/literal"
	"cuelang.org/go/cue/token"
)

// Position is a place in a text; lines and columns count from 1, columns in code points.
type Position struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
}

// positionIn is where something stands in a text.
func positionIn(text string, pos token.Pos) Position {
	offset := min(max(pos.Offset(), 0), len(text))
	above := text[:offset]
	start := strings.LastIndexByte(above, '\n') + 1
	return Position{pos.Filename(), strings.Count(above, "\n") + 1, utf8.RuneCountInString(above[start:]) + 1}
}

// pathOf reads labels as the engine spells them; it ends where it leaves what a document can hold.
func pathOf(labels []string) []any {
	path := []any{}
	for _, label := range labels {
		switch {
		case strings.HasPrefix(label, `"`):
			text, err := literal.Unquote(label)
			if err != nil {
				return path
			}
			path = append(path, text)
		case strings.HasPrefix(label, "#"), strings.HasPrefix(label, "_"):
			return path
		default:
			if number, err := strconv.Atoi(label); err == nil {
				path = append(path, number)
			} else {
				path = append(path, label)
			}
		}
	}
	return path
}

// textOf is what an error says without its path.
func textOf(err errors.Error) string {
	return strings.TrimPrefix(err.Error(), strings.Join(err.Path(), ".")+": ")
}

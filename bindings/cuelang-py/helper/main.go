// The helper holds documents to constraints, in the official CUE engine.
//
// It reads requests, one JSON object a line, and answers each with one JSON object a line; before it turns to
// what may take long it says where it is, so that whoever has to end it knows what it was about. It opens no
// file, no connection and reads no environment variable: all it knows comes in by standard input.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"time"
)

// Request asks for one thing: to read files, to build one of the groups they form, or to vet a document.
type Request struct {
	Read    []File     `json:"read"`
	Build   *int       `json:"build"`
	Vet     *string    `json:"vet"`
	Unknown [][]string `json:"unknown"` // where in the document to vet is what nobody knows
	Skip    []int      `json:"skip"`
}

// Answer is what one request comes to.
type Answer struct {
	Groups   [][]string `json:"groups,omitempty"`
	Rules    []Rule     `json:"rules,omitempty"`
	Findings []Finding  `json:"findings"`
	Used     float64    `json:"used"` // seconds of processor time, since the helper began
}

// At says which group is looked at from now on.
type At struct {
	At int `json:"at"`
}

func main() {
	memory := flag.Int64("memory", 0, "bytes of memory that may be used; 0: any")
	cpu := flag.Int64("cpu", 0, "seconds of processor time that may be used; 0: any")
	about := flag.Bool("version", false, "say which engine this is")
	flag.Parse()
	if *about {
		fmt.Println(engineVersion())
		return
	}
	if err := confine(*memory, *cpu); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if *memory > 0 {
		debug.SetMemoryLimit(*memory / 4 * 3)
		go watch(uint64(*memory))
		debug.SetMaxStack(int(min(*memory/4, 256<<20)))
	}
	if err := serve(os.Stdin, os.Stdout, uint64(*memory)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

// serve answers requests until there are no more.
func serve(in io.Reader, out io.Writer, memory uint64) error {
	written := bufio.NewWriter(out)
	answers := json.NewEncoder(written)
	answers.SetEscapeHTML(false)
	engine := Engine{memory: memory, at: func(group int) {
		answers.Encode(At{group})
		written.Flush()
	}}
	for line := range requests(in) {
		var request Request
		if err := json.Unmarshal(line, &request); err != nil {
			return fmt.Errorf("this is no request: %w", err)
		}
		answer, err := engine.answer(request)
		if err != nil {
			return err
		}
		answer.Used = used()
		if err := answers.Encode(answer); err != nil {
			return err
		}
		if err := written.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// requests are the lines that come in. When there are no more, nobody waits long for what is still to be
// answered: whoever asked has gone, perhaps without being able to end this process.
func requests(in io.Reader) <-chan []byte {
	lines := make(chan []byte, 1<<10)
	go func() {
		reader := bufio.NewReaderSize(in, 1<<16)
		for {
			line, err := reader.ReadBytes('\n')
			if len(line) > 1 {
				lines <- line
			}
			if err != nil {
				close(lines)
				time.Sleep(patience)
				os.Exit(2)
			}
		}
	}()
	return lines
}

const patience = 10 * time.Second

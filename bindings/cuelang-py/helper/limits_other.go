//go:build !unix

package main

// confine can bound nothing here; whoever started this process watches its clock.
func confine(_, _ int64) error { return nil }

func used() float64 { return 0 }

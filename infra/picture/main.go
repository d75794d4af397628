// Command picture draws boxes and lines from a text, as an SVG for light and
// dark pages.
//
//	picture <text >svg
package main

import (
	"fmt"
	"io"
	"os"
)

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "picture:", err)
		os.Exit(1)
	}
}

func run(text io.Reader, svg io.Writer) error {
	all, err := io.ReadAll(text)
	if err != nil {
		return fmt.Errorf("read the text: %w", err)
	}
	p, err := parse(string(all))
	if err != nil {
		return err
	}
	if _, err := svg.Write(p.svg()); err != nil {
		return fmt.Errorf("write the picture: %w", err)
	}
	return nil
}

// Command static writes the reference page as files for any web server.
package main

import (
	"flag"
	"fmt"
	"os"

	"users-organizations/infra/docs"
	"users-organizations/pkg/awsclient"
)

func main() {
	renderer := flag.String("renderer", ".local/docs/renderer.js", "Scalar's standalone bundle, as `file`")
	server := flag.String("server", "", "`URL` of the API, with its stage (default: the servers of the document)")
	out := flag.String("out", "dist/docs", "`directory` to write to")
	flag.Parse()
	if err := write(*renderer, *server, *out); err != nil {
		fmt.Fprintln(os.Stderr, "docs:", err)
		os.Exit(1)
	}
	fmt.Printf("The reference page is in %s: index.html and the files that it loads.\n", *out)
}

func write(renderer, server, out string) error {
	if server != "" && !awsclient.IsURL(server) {
		return fmt.Errorf("URL is %q: name the deployment with its stage, such as URL=https://api.example.com/main, or leave it empty", server)
	}
	bundle, err := os.ReadFile(renderer) //nolint:gosec // G304: the user names the file.
	if err != nil {
		return fmt.Errorf("the page's renderer is missing (run `make renderer`): %w", err)
	}
	site, err := docs.New(bundle, server)
	if err != nil {
		return err
	}
	return site.Write(out)
}

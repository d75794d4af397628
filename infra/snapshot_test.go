package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

var update = flag.Bool("update", false, "write the templates of this run to testdata")

// testdata has the templates, so that a review shows what a change of the code
// changes in the cloud.
func TestTheTemplatesAreAsReviewed(t *testing.T) {
	t.Parallel()
	for _, environment := range all {
		t.Run(environment, func(t *testing.T) {
			t.Parallel()
			got := masked(t, assemblyOf(t, environment).text)
			file := filepath.Join("testdata", environment+".json")
			if *update {
				if err := os.WriteFile(file, got, 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if line, was, is := firstDifference(want, got); line > 0 {
				t.Errorf("%s:%d is %q, and the stack has %q; "+
					"if you want that, run `go test ./infra -run TestTheTemplates -update` and commit", file, line, was, is)
			}
		})
	}
}

// The snapshots leave out what depends on the executables: the hash of an asset,
// and that of a version, which includes it. They leave out the hash of the API's
// deployment, too: the routes that it is made of stand below.
var (
	assetHash      = regexp.MustCompile(`[0-9a-f]{64}`)
	versionHash    = regexp.MustCompile(`(CurrentVersion[0-9A-F]{8})[0-9a-f]{32}`)
	deploymentHash = regexp.MustCompile(`(ApiDeployment[0-9A-F]{8})[0-9a-f]{32}`)
)

func masked(t *testing.T, template []byte) []byte {
	t.Helper()
	template = assetHash.ReplaceAll(template, []byte("ASSET"))
	template = versionHash.ReplaceAll(template, []byte("${1}VERSION"))
	template = deploymentHash.ReplaceAll(template, []byte("${1}DEPLOYMENT"))
	var indented bytes.Buffer
	if err := json.Indent(&indented, template, "", " "); err != nil {
		t.Fatal(err)
	}
	return append(bytes.TrimSpace(indented.Bytes()), '\n')
}

// firstDifference returns line 0 if the texts are equal.
func firstDifference(want, got []byte) (line int, was, is string) {
	wanted, present := bytes.Split(want, []byte("\n")), bytes.Split(got, []byte("\n"))
	for i := range max(len(wanted), len(present)) {
		was, is = "", ""
		if i < len(wanted) {
			was = string(wanted[i])
		}
		if i < len(present) {
			is = string(present[i])
		}
		if was != is || i >= len(wanted) || i >= len(present) {
			return i + 1, was, is
		}
	}
	return 0, "", ""
}

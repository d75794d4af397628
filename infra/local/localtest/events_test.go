package localtest_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"users-organizations/infra/local/localtest"
)

// TestEventsOfAFileThatGrows reads a file in steps, while its last line is being
// written.
func TestEventsOfAFileThatGrows(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "events.jsonl")
	var offset int64
	text := ""
	for _, c := range []struct {
		more string
		want []string
	}{
		{"", nil},
		{`{"id":"a"}` + "\n" + `{"id":`, []string{"a"}},
		{`"b"}`, nil},
		{"\n" + `{"id":"c"}` + "\n", []string{"b", "c"}},
		{"", nil},
	} {
		text += c.more
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		all, end, err := localtest.Events(file, offset)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range all {
			got = append(got, e.ID)
		}
		if offset = end; !slices.Equal(got, c.want) {
			t.Errorf("after %q: the events %q, want %q", text, got, c.want)
		}
	}
}

func TestEventsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "events.jsonl")
	if _, _, err := localtest.Events(file, 0); err == nil {
		t.Error("a file that is not there has events")
	}
	if err := os.WriteFile(file, []byte("{}\n{\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if all, _, err := localtest.Events(file, 0); err == nil {
		t.Errorf("half an event is read as %+v", all)
	}
}

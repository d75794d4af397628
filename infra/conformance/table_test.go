package conformance

import (
	"strings"
	"testing"
)

func TestARowWraps(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		verdict, name string
		responses     []string
		want          string
	}{
		"short": {"ok", "a registration", []string{"201"}, `
ok       a registration                               201
`},
		"two responses": {"DIFFERS", "again", []string{"expected: 201", "got: 409"}, `
DIFFERS  again                                        expected: 201
                                                      got: 409
`},
		"a long name": {"ok", "a list with " + strings.Repeat("x", 40), []string{"400"}, `
ok       a list with                                  400
         xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
`},
		"a long response": {"ok", "é", []string{strings.Repeat("one two ", 9)}, `
ok       é                                            one two one two one two one two one two one two one two one two
                                                      one two
`},
		"a long word": {"ok", "é", []string{"a " + strings.Repeat("é", 70)}, `
ok       é                                            a
                                                      ` + strings.Repeat("é", 66) + `
                                                      éééé
`},
		"none": {"ok", "a registration", []string{""}, `
ok       a registration
`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			if err := (table{&out}).row(c.verdict, c.name, c.responses...); err != nil || "\n"+out.String() != c.want {
				t.Errorf("%v\n%s\nwant%s", err, out.String(), c.want)
			}
		})
	}
}

package openapi_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// TestTheComparisonSeesEveryKeyword changes the schemas, one keyword at a time. A
// comparison that does not notice would let the document drift from the code.
func TestTheComparisonSeesEveryKeyword(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Registration", "Scope", "Permissions", "Codes", "SafeInteger", "MembershipChange", "PermissionsChange", "Idempotency-Key"} {
		for _, change := range changes(t, name) {
			t.Run(change.name, func(t *testing.T) {
				t.Parallel()
				root := readAny(t)
				change.apply(schemaIn(t, root, name))
				schemas := compileSchemas(t, root)
				g := newGenerator(t)
				tries := 10 * *cases
				for range tries {
					var ours, theirs error
					switch {
					case name == "Idempotency-Key":
						ours, theirs = schemas.key(g.key())
					case strings.HasSuffix(name, "Change"):
						ours, theirs = schemas.changeBody(g.bodyOf(schemaIn(t, g.root, "MembershipChange")))
					default:
						ours, theirs = schemas.body(g.body())
					}
					if (ours == nil) != (theirs == nil) {
						return
					}
				}
				t.Errorf("pkg/membership and the changed schema agree on %d random requests:"+
					" let the generator write requests on which they differ", tries)
			})
		}
	}
}

type change struct {
	name  string
	apply func(schema map[string]any)
}

// changes returns every way to leave out one keyword of a schema, or to change its
// value.
func changes(t *testing.T, name string) []change {
	t.Helper()
	var all []change
	var walk func(at []string, s map[string]any)
	walk = func(at []string, s map[string]any) {
		add := func(what string, apply func(s map[string]any)) {
			all = append(all, change{
				name: name + "/" + strings.Join(append(slices.Clone(at), what), "/"),
				apply: func(root map[string]any) {
					apply(member(t, root, at...))
				},
			})
		}
		for _, keyword := range slices.Sorted(maps.Keys(s)) {
			if strings.HasPrefix(keyword, "x-") {
				continue
			}
			switch v := s[keyword].(type) {
			case map[string]any:
				walk(append(slices.Clone(at), keyword), v)
			case json.Number:
				for _, step := range []int64{-1, 1} {
					add(fmt.Sprintf("%s%+d", keyword, step), func(s map[string]any) {
						n, err := v.Int64()
						if err != nil {
							t.Fatal(err)
						}
						s[keyword] = json.Number(fmt.Sprint(n + step))
					})
				}
			case []any:
				for i := range v {
					add(fmt.Sprintf("%s without %v", keyword, v[i]), func(s map[string]any) {
						s[keyword] = slices.Delete(slices.Clone(v), i, i+1)
					})
				}
			case string:
				if keyword == "pattern" {
					for old, text := range map[string]string{"254": "253", "255": "256", "[!#-~]": "[!-~]", "$": "", "^": ""} {
						add("pattern with "+text+" for "+old, func(s map[string]any) { s["pattern"] = strings.Replace(v, old, text, 1) })
					}
				}
			}
			if decides(s, keyword, at) {
				add("without "+keyword, func(s map[string]any) { delete(s, keyword) })
			}
		}
		if enum, ok := s["enum"].([]any); ok {
			add("enum with 3", func(s map[string]any) { s["enum"] = append(slices.Clone(enum), json.Number("3")) })
		}
	}
	walk(nil, schemaIn(t, readAny(t), name))
	if len(all) == 0 {
		t.Fatalf("%s has no keyword that can refuse a value", name)
	}
	return all
}

// decides says whether a value can be refused for this keyword alone. Beside an enum
// or the pattern of a header, the type refuses nothing more.
func decides(s map[string]any, keyword string, at []string) bool {
	if len(at) > 0 && at[len(at)-1] == "properties" {
		return false // keyword is the name of a property
	}
	switch keyword {
	case "description", "format", "properties":
		return false
	case "type":
		return s["enum"] == nil && s["pattern"] == nil
	}
	return true
}

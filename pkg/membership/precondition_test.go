package membership_test

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"users-organizations/pkg/membership"
)

const (
	revision = "0123456789abcdef0123456789abcdef"
	etag     = `"` + revision + `"`
)

// verdict is each violation in err as "place at: code", or the text of err.
func verdict(err error) string {
	invalid, ok := errors.AsType[*membership.InvalidError](err)
	if !ok {
		return fmt.Sprint(err)
	}
	var all []string
	for _, v := range invalid.Violations {
		all = append(all, fmt.Sprintf("%s %s: %s", v.In, v.At, v.Code))
	}
	return strings.Join(all, ", ")
}

const required = "the request names no revision in If-Match"

func TestIfMatch(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		ifMatch      []string
		want, remove string // remove is for the removal, where it differs
	}{
		"a tag":                {[]string{etag}, "<nil>", ""},
		"a tag among spaces":   {[]string{" \t" + etag + " "}, "<nil>", ""},
		"absent":               {nil, required, ""},
		"any":                  {[]string{"*"}, required, "<nil>"},
		"any, quoted":          {[]string{`"*"`}, "header If-Match: malformed", ""},
		"empty":                {[]string{""}, "header If-Match: malformed", ""},
		"an empty tag":         {[]string{`""`}, "header If-Match: malformed", ""},
		"weak":                 {[]string{"W/" + etag}, "header If-Match: malformed", ""},
		"without quotes":       {[]string{revision}, "header If-Match: malformed", ""},
		"one quote":            {[]string{`"` + revision}, "header If-Match: malformed", ""},
		"a list":               {[]string{etag + ", " + etag}, "header If-Match: malformed", ""},
		"any among others":     {[]string{"*, " + etag}, "header If-Match: malformed", ""},
		"31 digits":            {[]string{`"` + revision[1:] + `"`}, "header If-Match: malformed", ""},
		"33 digits":            {[]string{`"` + revision + `0"`}, "header If-Match: malformed", ""},
		"upper case":           {[]string{strings.ToUpper(etag)}, "header If-Match: malformed", ""},
		"a letter beyond f":    {[]string{strings.Replace(etag, "f", "g", 1)}, "header If-Match: malformed", ""},
		"twice":                {[]string{etag, etag}, "header If-Match: not-allowed", ""},
		"twice, and one empty": {[]string{etag, ""}, "header If-Match: not-allowed", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := membership.WriteRequest{UserID: "1", OrganizationID: "2", IfMatch: c.ifMatch}
			removal, err := membership.ParseRemoval(r)
			if want := cmp.Or(c.remove, c.want); verdict(err) != want {
				t.Errorf("remove: %v, want %s", verdict(err), want)
			}
			if err == nil && (removal.Revision == "") != (c.remove != "") {
				t.Errorf("remove: the revision is %q", removal.Revision)
			}
			restoration, err := membership.ParseRestoration(r)
			if verdict(err) != c.want {
				t.Errorf("restore: %v, want %s", verdict(err), c.want)
			}
			if want := (membership.Precondition{UserID: 1, OrganizationID: 2, Revision: revision}); err == nil && restoration.Precondition != want {
				t.Errorf("restore: %+v, want %+v", restoration.Precondition, want)
			}
			r.Body = []byte(`{"scope":1}`)
			if _, err := membership.ParseChange(r); verdict(err) != c.want {
				t.Errorf("change: %v, want %s", verdict(err), c.want)
			}
		})
	}
}

func TestChangeBodies(t *testing.T) {
	t.Parallel()
	for body, c := range map[string]struct {
		want  membership.Grant
		wrong string
	}{
		`{"scope":2}`:                              {membership.Grant{Scope: new(int64(2))}, ""},
		`{"scope":1e0}`:                            {membership.Grant{Scope: new(int64(1))}, ""},
		`{"permissions":{"group":-0}}`:             {membership.Grant{Group: new(int64(0))}, ""},
		`{"permissions":{"read":[]}}`:              {membership.Grant{Read: []int64{}}, ""},
		`{"permissions":{"manage":[1]},"scope":1}`: {membership.Grant{Scope: new(int64(1)), Manage: []int64{1}}, ""},
		`{"scope":1,"permissions":{"group":0,"manage":[2],"read":[3]}}`: {membership.Grant{Scope: new(int64(1)), Group: new(int64(0)), Manage: []int64{2}, Read: []int64{3}}, ""},
		``:                               {wrong: "body : malformed"},
		`null`:                           {wrong: "body : wrong-type"},
		`[]`:                             {wrong: "body : wrong-type"},
		`{}`:                             {wrong: "body : required"},
		`{"permissions":{}}`:             {wrong: "body /permissions: required"},
		`{"scope":null}`:                 {wrong: "body /scope: not-allowed"},
		`{"permissions":null}`:           {wrong: "body /permissions: not-allowed"},
		`{"permissions":{"group":null}}`: {wrong: "body /permissions/group: not-allowed"},
		`{"permissions":{"manage":null,"read":null}}`: {wrong: "body /permissions/manage: not-allowed, body /permissions/read: not-allowed"},
		`{"permissions":{"read":[null]}}`:             {wrong: "body /permissions/read/0: wrong-type"},
		`{"scope":3}`:                                 {wrong: "body /scope: not-allowed"},
		`{"scope":"1"}`:                               {wrong: "body /scope: wrong-type"},
		`{"scope":1,"scope":1}`:                       {wrong: "body /scope: duplicate-field"},
		`{"scope":1,"Scope":1}`:                       {wrong: "body /Scope: unknown-field"},
		`{"unknown":null}`:                            {wrong: "body /unknown: unknown-field"},
		`{"deletedAt":null}`:                          {wrong: "body /deletedAt: unknown-field"},
	} {
		t.Run(body, func(t *testing.T) {
			t.Parallel()
			change, err := membership.ParseChange(membership.WriteRequest{
				UserID: "1", OrganizationID: "2", IfMatch: []string{etag}, Body: []byte(body),
			})
			if c.wrong != "" {
				if verdict(err) != c.wrong {
					t.Errorf("%v, want %s", verdict(err), c.wrong)
				}
				return
			}
			if err != nil || !reflect.DeepEqual(change.Grant, c.want) {
				t.Errorf("%+v, %v, want %+v", change.Grant, err, c.want)
			}
		})
	}
}

func TestViolationsComeBeforeTheMissingRevision(t *testing.T) {
	t.Parallel()
	r := membership.WriteRequest{UserID: "x", OrganizationID: "01", IfMatch: []string{"1"}, Body: []byte(`{"scope":3}`)}
	const places = "path userId: malformed, path organizationId: malformed, header If-Match: malformed, body "
	_, change := membership.ParseChange(r)
	_, removal := membership.ParseRemoval(r)
	_, restoration := membership.ParseRestoration(r)
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"change":  {change, places + "/scope: not-allowed"},
		"remove":  {removal, places + ": not-allowed"},
		"restore": {restoration, places + ": not-allowed"},
	} {
		if verdict(c.err) != c.want {
			t.Errorf("%s: %s, want %s", name, verdict(c.err), c.want)
		}
	}
	r = membership.WriteRequest{UserID: "1", OrganizationID: "1", IfMatch: []string{etag}, Query: map[string][]string{"b": {"1"}, "a": nil}}
	if _, err := membership.ParseRestoration(r); verdict(err) != "query a: unknown-parameter, query b: unknown-parameter" {
		t.Errorf("with a query: %s, want each parameter", verdict(err))
	}
	r = membership.WriteRequest{UserID: "1", OrganizationID: "1", Body: []byte(" ")}
	if _, err := membership.ParseRemoval(r); verdict(err) != "body : not-allowed" {
		t.Errorf("a body and no If-Match: %s, want the body alone", verdict(err))
	}
}

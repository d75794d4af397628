package membership_test

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"users-organizations/pkg/membership"
)

const validBody = `{"scope":1,"permissions":{"group":0,"manage":[1,2],"read":[1,2]}}`

func request(change func(*membership.RegistrationRequest)) membership.RegistrationRequest {
	r := membership.RegistrationRequest{UserID: "1", OrganizationID: "1", Body: []byte(validBody)}
	change(&r)
	return r
}

// violations returns the violations of r as "place at: code" lines.
func violations(t *testing.T, r membership.RegistrationRequest) []string {
	t.Helper()
	reg, err := membership.ParseRegistration(r)
	if err == nil {
		return nil
	}
	var invalid *membership.InvalidError
	if !errors.As(err, &invalid) {
		t.Fatalf("ParseRegistration: %v, want an InvalidError", err)
	}
	if !reflect.DeepEqual(reg, membership.Registration{}) {
		t.Errorf("an invalid request was read as %+v", reg)
	}
	var lines []string
	for _, f := range invalid.Violations {
		if f.Detail == "" {
			t.Errorf("%+v has no detail", f)
		}
		lines = append(lines, fmt.Sprintf("%s %s: %s", f.In, f.At, f.Code))
	}
	return lines
}

func TestParseRegistration(t *testing.T) {
	t.Parallel()
	got, err := membership.ParseRegistration(request(func(r *membership.RegistrationRequest) { r.IdempotencyKeys = []string{`"a"`} }))
	if err != nil {
		t.Fatal(err)
	}
	want := membership.Registration{
		UserID: 1, OrganizationID: 1, Scope: 1, IdempotencyKey: "a",
		Permissions: membership.Permissions{Group: 0, Manage: []int64{1, 2}, Read: []int64{1, 2}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestPathIDs(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]membership.ViolationCode{
		"0": "", "1": "", "-1": "", "9007199254740991": "", "-9007199254740991": "",
		"9007199254740992": "out-of-range", "-9007199254740992": "out-of-range", "99999999999999999999999": "out-of-range",
		"": "malformed", "-": "malformed", "-0": "malformed", "+1": "malformed", "01": "malformed", "-01": "malformed", "00": "malformed",
		" 1": "malformed", "1 ": "malformed", "1.0": "malformed", "1e0": "malformed", "0x1": "malformed", "1_000": "malformed",
		"%31": "malformed", "1%": "malformed", "1/2": "malformed", "..": "malformed", "１": "malformed", "--1": "malformed",
		"1\x00": "malformed", "null": "malformed", "1,2": "malformed",
	} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			for name, set := range map[string]func(*membership.RegistrationRequest){
				"userId":         func(r *membership.RegistrationRequest) { r.UserID = id },
				"organizationId": func(r *membership.RegistrationRequest) { r.OrganizationID = id },
			} {
				var expected []string
				if want != "" {
					expected = []string{fmt.Sprintf("path %s: %s", name, want)}
				}
				if got := violations(t, request(set)); !reflect.DeepEqual(got, expected) {
					t.Errorf("%s %q: got %q, want %q", name, id, got, expected)
				}
			}
		})
	}
}

func TestIntegers(t *testing.T) {
	t.Parallel()
	zeros := strings.Repeat("0", 60000)
	for literal, want := range map[string]any{
		"1": 1, "-1": -1, "0": 0, "-0": 0, "0.000": 0, "-0e5": 0, "0e999999999999999999999": 0, "0e-999999999999999999999": 0,
		"1.0": 1, "1e0": 1, "1E+0": 1, "10e-1": 1, "0.1e1": 1, "12.50e1": 125, "1e15": 1000000000000000, "100e-2": 1, "-1.20e+1": -12,
		"9007199254740991": 9007199254740991, "-9007199254740991": -9007199254740991, "9007199254740991.0": 9007199254740991,
		"9007199254.740991e6": 9007199254740991, "90071992547409910e-1": 9007199254740991,
		"1" + zeros + "e-60000": 1, "0." + zeros + "1e60001": 1,
		"9007199254740992": "out-of-range", "-9007199254740992": "out-of-range", "9007199254740993": "out-of-range",
		"1e16": "out-of-range", "1e400": "out-of-range", "-1e400": "out-of-range", "1e99999999999999999999": "out-of-range",
		"1" + zeros: "out-of-range",
		"1.5":       "not-an-integer", "0.1": "not-an-integer", "1e-1": "not-an-integer", "1e-400": "not-an-integer", "1e-99999999999999999999": "not-an-integer",
		"9007199254740991.5": "not-an-integer", "0.9999999999999999999999": "not-an-integer",
		`"1"`: "wrong-type", "true": "wrong-type", "false": "wrong-type", "null": "wrong-type", "[]": "wrong-type", "[1]": "wrong-type", "{}": "wrong-type",
	} {
		t.Run(fmt.Sprintf("%.30s", literal), func(t *testing.T) {
			t.Parallel()
			r := request(func(r *membership.RegistrationRequest) {
				r.Body = []byte(strings.Replace(validBody, `"group":0`, `"group":`+literal, 1))
			})
			reg, err := membership.ParseRegistration(r)
			if code, bad := want.(string); bad {
				expected := []string{"body /permissions/group: " + code}
				if got := violations(t, r); !reflect.DeepEqual(got, expected) {
					t.Errorf("got %q, want %q", got, expected)
				}
				return
			}
			if err != nil || strconv.FormatInt(reg.Permissions.Group, 10) != fmt.Sprint(want) {
				t.Errorf("got %d, %v, want %v", reg.Permissions.Group, err, want)
			}
		})
	}
}

func TestBodies(t *testing.T) {
	t.Parallel()
	items := func(n int) string { return "[" + strings.TrimSuffix(strings.Repeat("7,", n), ",") + "]" }
	with := func(old, replacement string) string { return strings.Replace(validBody, old, replacement, 1) }
	for name, c := range map[string]struct {
		body string
		want []string
	}{
		"as the page shows it":     {"\n" + strings.ReplaceAll(validBody, ",", ",\n  ") + "\n", nil},
		"empty lists":              {with("[1,2]", "[]"), nil},
		"1,000 items":              {with("[1,2]", items(1000)), nil},
		"scope written as 2.0":     {with(`"scope":1`, `"scope":2.0`), nil},
		"an escaped name":          {with(`"scope"`, `"\u0073cope"`), nil},
		"members in another order": {`{"permissions":{"read":[],"manage":[],"group":1},"scope":1}`, nil},

		"empty":              {"", []string{"body : malformed"}},
		"white space":        {" \n", []string{"body : malformed"}},
		"byte order mark":    {"\ufeff" + validBody, []string{"body : malformed"}},
		"invalid UTF-8":      {with(`"group":0`, "\"\xff\":0"), []string{"body : malformed"}},
		"truncated":          {validBody[:len(validBody)-1], []string{"body : malformed"}},
		"trailing bytes":     {validBody + "x", []string{"body : malformed"}},
		"a second object":    {validBody + validBody, []string{"body : malformed"}},
		"a form":             {"scope=1&group=0", []string{"body : malformed"}},
		"an array":           {"[" + validBody + "]", []string{"body : wrong-type"}},
		"a number":           {"1", []string{"body : wrong-type"}},
		"null":               {"null", []string{"body : wrong-type"}},
		"a string":           {`"{}"`, []string{"body : wrong-type"}},
		"true":               {"true", []string{"body : wrong-type"}},
		"an empty object":    {"{}", []string{"body /scope: required", "body /permissions: required"}},
		"empty permissions":  {`{"scope":1,"permissions":{}}`, []string{"body /permissions/group: required", "body /permissions/manage: required", "body /permissions/read: required"}},
		"permissions null":   {`{"scope":1,"permissions":null}`, []string{"body /permissions: wrong-type"}},
		"permissions a list": {`{"scope":1,"permissions":[]}`, []string{"body /permissions: wrong-type"}},

		"scope 0":              {with(`"scope":1`, `"scope":0`), []string{"body /scope: not-allowed"}},
		"scope 3":              {with(`"scope":1`, `"scope":3`), []string{"body /scope: not-allowed"}},
		"scope -1":             {with(`"scope":1`, `"scope":-1`), []string{"body /scope: not-allowed"}},
		"scope 1.5":            {with(`"scope":1`, `"scope":1.5`), []string{"body /scope: not-an-integer"}},
		"scope too large":      {with(`"scope":1`, `"scope":1e400`), []string{"body /scope: out-of-range"}},
		"scope a string":       {with(`"scope":1`, `"scope":"1"`), []string{"body /scope: wrong-type"}},
		"scope in capitals":    {with(`"scope"`, `"Scope"`), []string{"body /Scope: unknown-field", "body /scope: required"}},
		"scope null":           {with(`"scope":1`, `"scope":null`), []string{"body /scope: wrong-type"}},
		"manage an object":     {with(`[1,2]`, `{"0":1}`), []string{"body /permissions/manage: wrong-type"}},
		"manage null":          {with(`[1,2]`, `null`), []string{"body /permissions/manage: wrong-type"}},
		"manage a number":      {with(`[1,2]`, `1`), []string{"body /permissions/manage: wrong-type"}},
		"bad items":            {with(`[1,2]`, `[1,1.5,"2",null,9007199254740992]`), []string{"body /permissions/manage/1: not-an-integer", "body /permissions/manage/2: wrong-type", "body /permissions/manage/3: wrong-type", "body /permissions/manage/4: out-of-range"}},
		"1,001 bad items":      {with(`[1,2]`, strings.ReplaceAll(items(1001), "7", "null")), []string{"body /permissions/manage: too-many-items"}},
		"an unknown name":      {with(`{"scope"`, `{"a/b~c":1,"scope"`), []string{"body /a~1b~0c: unknown-field"}},
		"a response's fields":  {with(`{"scope"`, `{"userId":1,"scope"`), []string{"body /userId: unknown-field"}},
		"the empty name":       {with(`"group":0`, `"group":0,"":0`), []string{"body /permissions/: unknown-field"}},
		"twice, equal":         {with(`"scope":1`, `"scope":1,"scope":1`), []string{"body /scope: duplicate-field"}},
		"twice, the last bad":  {with(`"scope":1`, `"scope":1,"scope":3`), []string{"body /scope: duplicate-field"}},
		"three times":          {with(`"group":0`, `"group":0,"group":1,"group":1`), []string{"body /permissions/group: duplicate-field", "body /permissions/group: duplicate-field"}},
		"twice with an escape": {with(`"scope":1`, `"scope":1,"\u0073cope":2`), []string{"body /scope: duplicate-field"}},
		"twice, deep in an unknown field": {with(`{"scope"`, `{"x":[{"y":{"z":1,"z":2,"z":3}}],"scope"`),
			[]string{"body /x: unknown-field", "body /x/0/y/z: duplicate-field", "body /x/0/y/z: duplicate-field"}},
		"twice, in place of a number": {with(`"group":0`, `"group":{"a":1,"a":2}`),
			[]string{"body /permissions/group: wrong-type", "body /permissions/group/a: duplicate-field"}},
		"twice, in a duplicate": {with(`"scope":1`, `"scope":1,"scope":{"a":1,"a":1}`),
			[]string{"body /scope: duplicate-field", "body /scope/a: duplicate-field"}},
		"several, in document order": {`{"x":1,"permissions":{"read":0,"manage":[true]},"scope":"1"}`,
			[]string{"body /x: unknown-field", "body /permissions/read: wrong-type", "body /permissions/manage/0: wrong-type",
				"body /permissions/group: required", "body /scope: wrong-type"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := violations(t, request(func(r *membership.RegistrationRequest) { r.Body = []byte(c.body) }))
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %q\nwant %q", got, c.want)
			}
		})
	}
}

// A detail that asks for an integer alone would make a caller send 3 next.
func TestAWrongScopeGetsTheWholeRule(t *testing.T) {
	t.Parallel()
	for _, literal := range []string{"0", "3", "1.5", "1e400", `"1"`, "null", "true", "[]", "{}"} {
		_, err := membership.ParseRegistration(request(func(r *membership.RegistrationRequest) {
			r.Body = []byte(strings.Replace(validBody, `"scope":1`, `"scope":`+literal, 1))
		}))
		var invalid *membership.InvalidError
		if !errors.As(err, &invalid) || invalid.Total != 1 || invalid.Violations[0].Detail != "must be 1 or 2" {
			t.Errorf("scope %s: %+v, want the one detail %q", literal, invalid, "must be 1 or 2")
		}
	}
}

func TestIdempotencyKeys(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		values []string
		key    string
		code   string
	}{
		"none":                   {nil, "", ""},
		"bare":                   {[]string{"8e03978e-40d5-43dd-bc93-6894a57f9324"}, "8e03978e-40d5-43dd-bc93-6894a57f9324", ""},
		"quoted":                 {[]string{`"8e03978e"`}, "8e03978e", ""},
		"quoted with escapes":    {[]string{`"a\"b\\c"`}, `a"b\c`, ""},
		"bare with the same":     {[]string{`a"b\c`}, `a"b\c`, ""},
		"one character":          {[]string{"!"}, "!", ""},
		"white space around":     {[]string{" \ta "}, "a", ""},
		"255 characters":         {[]string{strings.Repeat("~", 255)}, strings.Repeat("~", 255), ""},
		"255 quoted":             {[]string{`"` + strings.Repeat(`\"`, 255) + `"`}, strings.Repeat(`"`, 255), ""},
		"256 characters":         {[]string{strings.Repeat("~", 256)}, "", "out-of-range"},
		"256 quoted":             {[]string{`"` + strings.Repeat("~", 256) + `"`}, "", "out-of-range"},
		"empty":                  {[]string{""}, "", "malformed"},
		"empty quoted":           {[]string{`""`}, "", "malformed"},
		"a space inside":         {[]string{"a b"}, "", "malformed"},
		"a quoted space":         {[]string{`"a b"`}, "", "malformed"},
		"a quote without an end": {[]string{`"a`}, "", "malformed"},
		"only a quote":           {[]string{`"`}, "", "malformed"},
		"a backslash at the end": {[]string{`"a\"`}, "", "malformed"},
		"a backslash and no end": {[]string{`"a\`}, "", "malformed"},
		"an escape of a letter":  {[]string{`"\a"`}, "", "malformed"},
		"a parameter":            {[]string{`"a";p=1`}, "", "malformed"},
		"a list":                 {[]string{`"a", "b"`}, "", "malformed"},
		"not ASCII":              {[]string{"é"}, "", "malformed"},
		"a control character":    {[]string{"a\x7f"}, "", "malformed"},
		"twice, equal":           {[]string{"a", "a"}, "", "not-allowed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := request(func(r *membership.RegistrationRequest) { r.IdempotencyKeys = c.values })
			if c.code != "" {
				want := []string{"header Idempotency-Key: " + c.code}
				if got := violations(t, r); !reflect.DeepEqual(got, want) {
					t.Errorf("got %q, want %q", got, want)
				}
				return
			}
			if reg, err := membership.ParseRegistration(r); err != nil || reg.IdempotencyKey != c.key {
				t.Errorf("got %q, %v, want %q", reg.IdempotencyKey, err, c.key)
			}
		})
	}
}

func TestViolationsAreReportedTogetherAndBounded(t *testing.T) {
	t.Parallel()
	var names []string
	for i := range 5000 {
		names = append(names, fmt.Sprintf(`"n%d":0`, i))
	}
	_, err := membership.ParseRegistration(membership.RegistrationRequest{
		UserID: "x", OrganizationID: "9007199254740992", IdempotencyKeys: []string{"", ""},
		Body: []byte("{" + strings.Join(names, ",") + "}"),
	})
	var invalid *membership.InvalidError
	if !errors.As(err, &invalid) {
		t.Fatalf("ParseRegistration: %v", err)
	}
	if len(invalid.Violations) != membership.MaxViolations || invalid.Total != 3+5000+2 {
		t.Errorf("%d of %d violations, want 100 of 5005", len(invalid.Violations), invalid.Total)
	}
	var places []string
	for _, f := range invalid.Violations[:4] {
		places = append(places, string(f.In)+" "+f.At)
	}
	if want := []string{"path userId", "path organizationId", "header Idempotency-Key", "body /n0"}; !reflect.DeepEqual(places, want) {
		t.Errorf("in the order %q, want %q", places, want)
	}
}

func TestPointersIntoADeepNestingAreBounded(t *testing.T) {
	t.Parallel()
	const depth, repeats = 5000, 5000
	body := strings.Repeat(`{"~":`, depth) + "{" + strings.Repeat(`"":0,`, repeats) + `"":0}` + strings.Repeat("}", depth)
	_, err := membership.ParseRegistration(request(func(r *membership.RegistrationRequest) { r.Body = []byte(body) }))
	var invalid *membership.InvalidError
	if !errors.As(err, &invalid) || invalid.Total != 1+2+repeats {
		t.Fatalf("ParseRegistration: %v, want %d violations", err, 1+2+repeats)
	}
	size := 0
	for _, f := range invalid.Violations {
		size += len(f.At)
	}
	if size > 256<<10 {
		t.Errorf("the pointers have %d bytes, the body %d", size, len(body))
	}
}

func TestTheErrorTextHasNothingOfTheRequest(t *testing.T) {
	t.Parallel()
	_, err := membership.ParseRegistration(request(func(r *membership.RegistrationRequest) { r.Body = []byte(`{"hunter2":"hunter2"}`) }))
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("the error, which is logged, is %q", err)
	}
}

// FuzzParseRegistration looks for a request that causes a panic, or that is accepted
// with a value outside the rules.
func FuzzParseRegistration(f *testing.F) {
	f.Add("1", "-1", "key", []byte(validBody))
	f.Add("01", "9007199254740992", `"k\""`, []byte(`{"scope":1e0,"permissions":{"group":-0,"manage":[1.0],"read":[1e-1]},"scope":2}`))
	f.Fuzz(func(t *testing.T, user, organization, key string, body []byte) {
		reg, err := membership.ParseRegistration(membership.RegistrationRequest{UserID: user, OrganizationID: organization, IdempotencyKeys: []string{key}, Body: body})
		if err != nil {
			var invalid *membership.InvalidError
			if !errors.As(err, &invalid) || invalid.Total == 0 || len(invalid.Violations) == 0 || len(invalid.Violations) > membership.MaxViolations {
				t.Fatalf("refused without saying why: %#v", err)
			}
			return
		}
		if strconv.FormatInt(reg.UserID, 10) != user || strconv.FormatInt(reg.OrganizationID, 10) != organization {
			t.Errorf("the ids %q, %q were read as %d, %d", user, organization, reg.UserID, reg.OrganizationID)
		}
		if reg.Scope != 1 && reg.Scope != 2 {
			t.Errorf("scope %d was accepted", reg.Scope)
		}
		if reg.IdempotencyKey == "" || len(reg.IdempotencyKey) > 255 {
			t.Errorf("the key %q was read as %q", key, reg.IdempotencyKey)
		}
		p := reg.Permissions
		if p.Read == nil || p.Manage == nil || len(p.Read) > membership.MaxItems || len(p.Manage) > membership.MaxItems {
			t.Errorf("lists of %d and %d items were accepted", len(p.Read), len(p.Manage))
		}
		for _, n := range append(append([]int64{p.Group}, p.Read...), p.Manage...) {
			if n < membership.MinInteger || n > membership.MaxInteger {
				t.Errorf("%d was accepted", n)
			}
		}
	})
}

package token

import (
	"context"
	"crypto/elliptic"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math/big"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestValidTokens goes up to the limit of each rule.
func TestValidTokens(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("~", 128)
	for name, c := range map[string]struct {
		rules           Rules
		bearer, session []func(*forgery)
		user            string
	}{
		"as they are":             {rules: rules},
		"no issuer or audience":   {rules: Rules{Prefix: "users-organizations"}, bearer: edits(dropClaim("iss"), dropClaim("aud"))},
		"rules for others":        {rules: Rules{Prefix: "users-organizations"}, bearer: edits(claim("iss", `1`), claim("aud", `{}`))},
		"audience in an array":    {rules: rules, bearer: edits(claim("aud", `["other","`+audience+`"]`))},
		"audience before others":  {rules: rules, bearer: edits(claim("aud", `["`+audience+`","other"]`))},
		"scope alone":             {rules: rules, bearer: edits(claim("scope", `"`+scope+`"`))},
		"scope among others":      {rules: rules, bearer: edits(claim("scope", `"a `+scope+`  b"`))},
		"no typ":                  {rules: rules, bearer: edits(dropHeader("typ")), session: edits(dropHeader("typ"))},
		"typ at+jwt":              {rules: rules, bearer: edits(header("typ", `"at+jwt"`))},
		"unknown in the header":   {rules: rules, bearer: edits(header("x5t", `"abc"`)), session: edits(header("cty", `{}`))},
		"unknown claims":          {rules: rules, bearer: edits(claim("jti", `[{"a":1}]`)), session: edits(claim("act", `null`))},
		"white space in claims":   {rules: rules, session: edits(editClaims(func(s string) string { return " " + s + "\r\n" }))},
		"RS256":                   {rules: rules, bearer: edits(algorithmOf("RS256")), session: edits(algorithmOf("RS256"))},
		"ES256":                   {rules: rules, bearer: edits(algorithmOf("ES256")), session: edits(algorithmOf("ES256"))},
		"EdDSA":                   {rules: rules, bearer: edits(algorithmOf("EdDSA")), session: edits(algorithmOf("EdDSA"))},
		"two algorithms":          {rules: rules, bearer: edits(algorithmOf("EdDSA")), session: edits(algorithmOf("HS256"))},
		"userId is a number":      {rules: rules, session: edits(claim("userId", user))},
		"the largest userId":      {rules: rules, bearer: edits(claim("sub", `"9007199254740991"`)), session: edits(claim("userId", "9007199254740991")), user: "9007199254740991"},
		"the smallest userId":     {rules: rules, bearer: edits(claim("sub", `"-9007199254740991"`)), session: edits(claim("userId", "-9007199254740991")), user: "-9007199254740991"},
		"userId 0":                {rules: rules, bearer: edits(claim("sub", `"0"`)), session: edits(claim("userId", "0")), user: "0"},
		"128 characters of user":  {rules: rules, bearer: edits(claim("sub", `"`+long+`"`)), session: edits(claim("userId", `"`+long+`"`)), user: long},
		"the latest exp":          {rules: rules, bearer: edits(claim("exp", "9007199254740991"))},
		"the earliest iat":        {rules: rules, bearer: edits(claim("iat", "1"), claim("nbf", "1"))},
		"4 KiB":                   {rules: rules, bearer: edits(asLongAs(4096)), session: edits(asLongAs(4096))},
		"the first visible ASCII": {rules: rules, bearer: edits(claim("sub", `"!"`)), session: edits(claim("userId", `"!"`)), user: "!"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, s := genuine(Bearer), genuine(Session)
			for _, edit := range c.bearer {
				edit(b)
			}
			for _, edit := range c.session {
				edit(s)
			}
			want := Holder{UserID: c.user, SessionID: "abcdef123456", ExpiresAt: now.Add(time.Hour).Unix(), Scopes: Write}
			if c.user == "" {
				want.UserID = user
			}
			got, err := verifier(fullKeys(t), c.rules).Verify(t.Context(), b.text(), s.text())
			if err != nil || got != want {
				t.Errorf("got %+v, %v, want %+v", got, err, want)
			}
		})
	}
}

func edits(all ...func(*forgery)) []func(*forgery) { return all }

func algorithmOf(name string) func(*forgery) {
	return func(f *forgery) { f.signWith(name) }
}

func TestATokenWithoutKidNeedsASetOfOneKey(t *testing.T) {
	t.Parallel()
	b, s := genuine(Bearer), genuine(Session)
	b.header.remove("kid")
	s.header.remove("kid")
	if _, err := verifier(hmacKeys(t), rules).Verify(t.Context(), b.text(), s.text()); err != nil {
		t.Errorf("one key in each set: %v", err)
	}
	_, err := verifier(fullKeys(t), rules).Verify(t.Context(), b.text(), s.text())
	var refusal *RefusedError
	if !errors.As(err, &refusal) || refusal.Reason != ReasonKeyID {
		t.Errorf("several keys in each set: %v, want it refused", err)
	}
}

// TestAnInvalidKidIsRefusedInASetOfOneKey uses sets in which a token without kid
// is valid.
func TestAnInvalidKidIsRefusedInASetOfOneKey(t *testing.T) {
	t.Parallel()
	for kid, want := range map[string]Reason{
		`null`: ReasonKeyID, `""`: ReasonKeyID, `" "`: ReasonKeyID, `"../x"`: ReasonKeyID, `"\u0000"`: ReasonKeyID,
		`[]`: ReasonKeyID, `["bearer-HS256"]`: ReasonKeyID, `{}`: ReasonKeyID, `0`: ReasonKeyID, `false`: ReasonKeyID,
		`"null"`: ReasonUnknownKey, `"0"`: ReasonUnknownKey,
	} {
		for _, kind := range []Kind{Bearer, Session} {
			f := genuine(kind)
			f.header.set("kid", kid)
			bearer, session := f.pair()
			_, err := verifier(hmacKeys(t), rules).Verify(t.Context(), bearer, session)
			var refusal *RefusedError
			if !errors.As(err, &refusal) || *refusal != (RefusedError{kind, want}) {
				t.Errorf("kid %s of a %s token: %v, want %s", kid, kind, err, want)
			}
		}
	}
}

// TestBothFormsOfAnECDSASignature checks a decision in ATTACKS.md: s and n-s.
func TestBothFormsOfAnECDSASignature(t *testing.T) {
	t.Parallel()
	otherForm := signature(func(signature []byte) []byte {
		s := new(big.Int).SetBytes(signature[32:])
		s.Sub(elliptic.P256().Params().N, s).FillBytes(signature[32:])
		return signature
	})
	b, s := genuine(Bearer), genuine(Session)
	var want Holder
	for _, form := range []func(*forgery){algorithmOf("ES256"), otherForm} {
		form(b)
		form(s)
		got, err := verifier(fullKeys(t), rules).Verify(t.Context(), b.text(), s.text())
		if err != nil || got.UserID != user || want != (Holder{}) && got != want {
			t.Errorf("got %+v, %v, want %+v", got, err, want)
		}
		want = got
	}
}

func TestTheEarlierExpiryCounts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ bearer, session, want time.Duration }{
		{time.Hour, time.Minute, time.Minute},
		{time.Minute, time.Hour, time.Minute},
	} {
		b, s := genuine(Bearer), genuine(Session)
		timeClaim("exp", c.bearer)(b)
		timeClaim("exp", c.session)(s)
		got, err := verifier(hmacKeys(t), rules).Verify(t.Context(), b.text(), s.text())
		if want := now.Add(c.want).Unix(); err != nil || got.ExpiresAt != want {
			t.Errorf("got %d, %v, want %d", got.ExpiresAt, err, want)
		}
	}
}

// TestTimes moves the clock around the limits of each time in a token.
func TestTimes(t *testing.T) {
	t.Parallel()
	const tick = time.Nanosecond
	for _, c := range []struct {
		claim string
		// clock is when the token is verified, relative to the claim's time.
		clock  time.Duration
		reason Reason
	}{
		{"exp", -time.Second, ""},
		{"exp", 0, ""},
		{"exp", Leeway - tick, ""},
		{"exp", Leeway, ReasonExpired},
		{"exp", Leeway + tick, ReasonExpired},
		{"iat", 0, ""},
		{"iat", -Leeway, ""},
		{"iat", -Leeway - tick, ReasonNotYet},
		{"nbf", 0, ""},
		{"nbf", -Leeway, ""},
		{"nbf", -Leeway - tick, ReasonNotYet},
	} {
		for _, kind := range []Kind{Bearer, Session} {
			t.Run(fmt.Sprintf("%s/%s at %v", kind, c.claim, c.clock), func(t *testing.T) {
				t.Parallel()
				f := genuine(kind)
				claim(c.claim, seconds64(now))(f)
				bearer, session := f.pair()
				v := verifier(hmacKeys(t), rules)
				v.Now = at(now.Add(c.clock))
				_, err := v.Verify(t.Context(), bearer, session)
				var refusal *RefusedError
				switch {
				case c.reason == "" && err != nil:
					t.Errorf("refused: %v", err)
				case c.reason != "" && (!errors.As(err, &refusal) || *refusal != RefusedError{kind, c.reason}):
					t.Errorf("got %v, want %s", err, c.reason)
				}
			})
		}
	}
}

func TestForbiddenOnlyAfterEverythingElse(t *testing.T) {
	t.Parallel()
	b, s := genuine(Bearer), genuine(Session)
	b.claims.remove("scope")
	s.claims.set("exp", "1")
	_, err := verifier(hmacKeys(t), rules).Verify(t.Context(), b.text(), s.text())
	var refusal *RefusedError
	if !errors.As(err, &refusal) || *refusal != (RefusedError{Session, ReasonExpired}) {
		t.Errorf("got %v, want the session refused", err)
	}
}

func TestErrorsContainNothingOfATokenOrAUser(t *testing.T) {
	t.Parallel()
	for _, a := range attacks {
		f := genuine(a.kinds()[0])
		a.change(f)
		bearer, session := f.pair()
		_, err := verifier(fullKeys(t), rules).Verify(t.Context(), bearer, session)
		if err == nil {
			t.Fatalf("%s: accepted", a.name)
		}
		for _, part := range append(strings.Split(bearer, "."), append(strings.Split(session, "."), user)...) {
			if len(part) > 3 && strings.Contains(err.Error(), part) {
				t.Errorf("%s: %q contains %q", a.name, err, part)
			}
		}
	}
}

func TestWithoutKeysNothingIsRefused(t *testing.T) {
	t.Parallel()
	down := errors.New("the keys are unreachable")
	ring := NewKeyring(func(context.Context) (*Keys, error) { return nil, down }, at(now))
	v := &Verifier{Rules: rules, Keys: ring, Now: at(now)}
	_, err := v.Verify(t.Context(), genuine(Bearer).text(), genuine(Session).text())
	var refusal *RefusedError
	if !errors.Is(err, ErrNoKeys) || !errors.Is(err, down) || errors.As(err, &refusal) {
		t.Errorf("got %v, want the cause and no refusal", err)
	}
}

// TestImports checks that the package depends on neither the AWS SDK nor net/http,
// and on no other package of this module than strictjson.
func TestImports(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	deps := strings.Fields(string(out))
	if len(deps) < 10 {
		t.Fatalf("only %d dependencies found: %q", len(deps), deps)
	}
	for _, dep := range deps {
		if dep == "net/http" || strings.HasPrefix(dep, "net/http/") || strings.HasPrefix(dep, "github.com/aws/") {
			t.Errorf("imports %s", dep)
		}
		if own, ours := strings.CutPrefix(dep, "users-organizations/pkg/"); ours && own != "token" && own != "strictjson" {
			t.Errorf("imports %s", dep)
		}
	}
}

// TestNoClockAndNoNetworkOfItsOwn checks the package's source, because packages
// that it imports depend on both.
func TestNoClockAndNoNetworkOfItsOwn(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		checked++
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range file.Imports {
			if path := strings.Trim(spec.Path.Value, `"`); path == "net" || path == "os" || strings.HasPrefix(path, "net/") {
				t.Errorf("%s imports %s", name, path)
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			pkg, _ := sel.X.(*ast.Ident)
			switch {
			case pkg == nil || pkg.Name != "time":
			case sel.Sel.Name == "Now", sel.Sel.Name == "Since", sel.Sel.Name == "Until", sel.Sel.Name == "After",
				sel.Sel.Name == "Sleep", strings.HasPrefix(sel.Sel.Name, "NewT"):
				t.Errorf("%s: time.%s", set.Position(sel.Pos()), sel.Sel.Name)
			}
			return true
		})
	}
	if checked == 0 {
		t.Fatal("no file found")
	}
}

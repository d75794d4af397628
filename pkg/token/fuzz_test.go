package token

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// FuzzBearer sends any text as the bearer token beside a valid session token.
func FuzzBearer(f *testing.F) {
	seed(f, Bearer)
	v := verifier(fullKeys(f), rules)
	session := genuine(Session).text()
	f.Fuzz(func(t *testing.T, text string) {
		who, err := v.Verify(t.Context(), text, session)
		check(t, Bearer, text, who, err)
	})
}

// FuzzSession sends any text as the session token beside a valid bearer token.
func FuzzSession(f *testing.F) {
	seed(f, Session)
	v := verifier(fullKeys(f), rules)
	bearer := genuine(Bearer).text()
	f.Fuzz(func(t *testing.T, text string) {
		who, err := v.Verify(t.Context(), bearer, text)
		check(t, Session, text, who, err)
	})
}

// FuzzClaims signs any claims with the right key, so that the checks after that of
// the signature are reached too: the holder must be the user of the other token.
func FuzzClaims(f *testing.F) {
	for _, kind := range []Kind{Bearer, Session} {
		f.Add([]byte(genuine(kind).claims.String()), kind == Bearer)
		for _, a := range attacks {
			forged := genuine(kind)
			a.change(forged)
			f.Add([]byte(forged.claims.String()), kind == Bearer)
		}
	}
	v := verifier(fullKeys(f), rules)
	f.Fuzz(func(t *testing.T, claims []byte, asBearer bool) {
		kind := Session
		if asBearer {
			kind = Bearer
		}
		forged := genuine(kind)
		text := string(claims)
		forged.rawClaims = &text
		bearer, session := forged.pair()
		who, err := v.Verify(t.Context(), bearer, session)
		var refusal *RefusedError
		var forbidden *ForbiddenError
		switch {
		case errors.As(err, &refusal):
		case errors.As(err, &forbidden) && asBearer:
		case err == nil && who.UserID == user && who.SessionID != "" && !Passed(who.ExpiresAt, now):
		default:
			t.Errorf("claims %q of a %s token: %+v, %v", claims, kind, who, err)
		}
	})
}

func seed(f *testing.F, kind Kind) {
	f.Helper()
	f.Add(genuine(kind).text())
	for _, a := range attacks {
		forged := genuine(kind)
		a.change(forged)
		f.Add(forged.text())
	}
}

// check fails if a token was accepted that none of the keys signed. For HMAC it
// makes the signature again instead of verifying it.
func check(t *testing.T, kind Kind, text string, who Holder, err error) {
	t.Helper()
	var refusal *RefusedError
	var forbidden *ForbiddenError
	switch {
	case errors.As(err, &refusal):
		if who != (Holder{}) {
			t.Errorf("%q: refused, but with a holder", text)
		}
		return
	case err != nil && !errors.As(err, &forbidden):
		t.Errorf("%q: %v, want a refusal", text, err)
	}
	dot := strings.LastIndexByte(text, '.')
	signature, decodeErr := b64.DecodeString(text[dot+1:])
	if decodeErr != nil {
		t.Fatalf("%q was accepted: %v", text, decodeErr)
	}
	for _, s := range signers()[kind] {
		if s.method.Alg() == "HS256" && bytes.Equal(s.sign(text[:dot]), signature) {
			return
		}
		if s.method.Verify(text[:dot], signature, s.public) == nil {
			return
		}
	}
	t.Errorf("%q was accepted, but none of the keys signed it", text)
}

package token

import (
	"strconv"
	"time"

	"users-organizations/pkg/strictjson"
)

type bearerClaims struct {
	subject string
	expiry  int64
	scopes  Scopes
}

type sessionClaims struct {
	userID    string
	sessionID string
	expiry    int64
}

func (r Rules) readBearer(t unverified, k key, now time.Time) (bearerClaims, error) {
	claims, expiry, err := t.verify(k, now)
	if err != nil {
		return bearerClaims{}, err
	}
	if issuer, _ := claims.Member("iss"); r.Issuer != "" && !isText(issuer, r.Issuer) {
		return bearerClaims{}, refuse(t.kind, ReasonIssuer)
	}
	if audience, _ := claims.Member("aud"); r.Audience != "" && !isAmong(audience, r.Audience) {
		return bearerClaims{}, refuse(t.kind, ReasonAudience)
	}
	subject, _ := claims.Member("sub")
	if subject.Kind != strictjson.String || !isUserID(subject.Text) {
		return bearerClaims{}, refuse(t.kind, ReasonSubject)
	}
	scope, there := claims.Member("scope")
	if there && scope.Kind != strictjson.String {
		return bearerClaims{}, refuse(t.kind, ReasonScope)
	}
	return bearerClaims{
		subject: subject.Text,
		expiry:  expiry,
		scopes:  ParseScopes(scope.Text, r.Prefix),
	}, nil
}

func readSession(t unverified, k key, now time.Time) (sessionClaims, error) {
	claims, expiry, err := t.verify(k, now)
	if err != nil {
		return sessionClaims{}, err
	}
	userID, _ := claims.Member("userId")
	switch {
	case userID.Kind == strictjson.String && isUserID(userID.Text):
	case userID.Kind == strictjson.Number && isSafeInteger(userID.Text):
	default:
		return sessionClaims{}, refuse(t.kind, ReasonUserID)
	}
	sessionID, _ := claims.Member("sessionId")
	if sessionID.Kind != strictjson.String || sessionID.Text == "" {
		return sessionClaims{}, refuse(t.kind, ReasonSessionID)
	}
	return sessionClaims{userID: userID.Text, sessionID: sessionID.Text, expiry: expiry}, nil
}

// verify returns the claims of a token that k signed and that is valid at now,
// and its expiry in Unix seconds.
func (t unverified) verify(k key, now time.Time) (claims strictjson.Value, expiry int64, err error) {
	if k.method.Verify(t.signed, t.signature, k.public) != nil {
		return strictjson.Value{}, 0, refuse(t.kind, ReasonSignature)
	}
	claims, err = decodeObject(t.kind, t.claims)
	if err != nil {
		return strictjson.Value{}, 0, err
	}
	expiry, err = checkTimes(t.kind, claims, now)
	return claims, expiry, err
}

// checkTimes returns the expiry of claims that are valid at now (RFC 7519,
// sections 4.1.4 to 4.1.6), with Leeway on each.
func checkTimes(kind Kind, claims strictjson.Value, now time.Time) (int64, error) {
	claim, _ := claims.Member("exp")
	expiry, ok := seconds(claim)
	switch {
	case !ok:
		return 0, refuse(kind, ReasonExpiry)
	case Passed(expiry, now):
		return 0, refuse(kind, ReasonExpired)
	}
	claim, _ = claims.Member("iat")
	issuedAt, ok := seconds(claim)
	switch {
	case !ok:
		return 0, refuse(kind, ReasonIssuedAt)
	case Ahead(issuedAt, now):
		return 0, refuse(kind, ReasonNotYet)
	}
	claim, there := claims.Member("nbf")
	if !there {
		return expiry, nil
	}
	notBefore, ok := seconds(claim)
	switch {
	case !ok:
		return 0, refuse(kind, ReasonNotBefore)
	case Ahead(notBefore, now):
		return 0, refuse(kind, ReasonNotYet)
	}
	return expiry, nil
}

// seconds reads a time: a positive JSON integer written with digits alone.
func seconds(v strictjson.Value) (int64, bool) {
	if v.Kind != strictjson.Number {
		return 0, false
	}
	n, err := strconv.ParseInt(v.Text, 10, 64)
	return n, err == nil && 0 < n && n <= strictjson.MaxInteger
}

func isText(v strictjson.Value, want string) bool {
	return v.Kind == strictjson.String && v.Text == want
}

// isAmong says whether an audience, one string or an array of strings (RFC
// 7519, section 4.1.3), holds want.
func isAmong(audience strictjson.Value, want string) bool {
	if audience.Kind != strictjson.Array {
		return isText(audience, want)
	}
	found := false
	for _, item := range audience.Items {
		if item.Kind != strictjson.String {
			return false
		}
		found = found || item.Text == want
	}
	return found
}

// isUserID says whether id is 1 to 128 visible ASCII characters.
func isUserID(id string) bool {
	if id == "" || len(id) > 128 {
		return false
	}
	for i := range len(id) {
		if id[i] <= ' ' || id[i] > '~' {
			return false
		}
	}
	return true
}

// isSafeInteger says whether number is an integer in its one decimal form (not
// 1.0, 1e0 or -0) that every JSON reader keeps exactly.
func isSafeInteger(number string) bool {
	n, err := strconv.ParseInt(number, 10, 64)
	return err == nil && -strictjson.MaxInteger <= n && n <= strictjson.MaxInteger && number != "-0"
}

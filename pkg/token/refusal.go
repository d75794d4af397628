package token

// Reason is a short, stable word for why a token was refused. It is for the log
// only: it would tell a caller what to try next.
type Reason string

// The reasons for refusing a token.
const (
	ReasonTooLong      Reason = "too-long"
	ReasonNotCompact   Reason = "not-compact"
	ReasonNotBase64URL Reason = "not-base64url"
	ReasonNotJSON      Reason = "not-json"
	ReasonRepeatedName Reason = "repeated-name"
	ReasonParameter    Reason = "header-parameter"
	ReasonType         Reason = "typ"
	ReasonAlgorithm    Reason = "alg"
	ReasonKeyID        Reason = "kid"
	ReasonUnknownKey   Reason = "unknown-key"
	ReasonSignature    Reason = "signature"
	ReasonExpiry       Reason = "exp"
	ReasonExpired      Reason = "expired"
	ReasonIssuedAt     Reason = "iat"
	ReasonNotBefore    Reason = "nbf"
	ReasonNotYet       Reason = "not-yet-valid"
	ReasonIssuer       Reason = "iss"
	ReasonAudience     Reason = "aud"
	ReasonSubject      Reason = "sub"
	ReasonScope        Reason = "scope"
	ReasonUserID       Reason = "user-id"
	ReasonSessionID    Reason = "session-id"
	ReasonOtherUser    Reason = "other-user"
)

// RefusedError says which token is invalid, and why.
type RefusedError struct {
	Kind   Kind
	Reason Reason
}

func refuse(kind Kind, reason Reason) *RefusedError {
	return &RefusedError{Kind: kind, Reason: reason}
}

// Code returns the refusal as one word for the log, such as "bearer.expired".
func (r *RefusedError) Code() string {
	return string(r.Kind) + "." + string(r.Reason)
}

// Error contains nothing of the token.
func (r *RefusedError) Error() string {
	return "token refused: " + r.Code()
}

// ForbiddenError says that both tokens are valid, but that the bearer token has
// no scope of this service.
type ForbiddenError struct {
	Holder Holder
}

// Error does not name the user.
func (*ForbiddenError) Error() string {
	return "the bearer token holds no scope of this service"
}

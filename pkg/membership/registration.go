package membership

// Registration is a valid request to make a user a member of an organization.
type Registration struct {
	Key

	Scope       int64
	Permissions Permissions
	// IdempotencyKey is the caller's name for this request, 1 to 255 visible
	// ASCII characters, or empty where the caller sent none.
	IdempotencyKey string
}

// RegistrationRequest is an unchecked request to register.
type RegistrationRequest struct {
	UserID, OrganizationID string
	// IdempotencyKeys are the values of the header, one for each time it came.
	IdempotencyKeys []string
	Body            []byte
}

// ParseRegistration checks a request. Its error is an *InvalidError with the
// violations.
func ParseRegistration(r RegistrationRequest) (Registration, error) {
	var invalid InvalidError
	reg := Registration{
		Key:            readKey(r.UserID, r.OrganizationID, &invalid),
		IdempotencyKey: readIdempotencyKey(r.IdempotencyKeys, &invalid),
	}
	grant := bodyReader{invalid: &invalid}.read(r.Body)
	if err := invalid.orNil(); err != nil {
		return Registration{}, err
	}
	reg.Scope = *grant.Scope
	reg.Permissions = Permissions{Group: *grant.Group, Read: grant.Read, Manage: grant.Manage}
	return reg, nil
}

var idDetails = map[ViolationCode]string{
	Malformed: "must be a decimal integer: digits without a leading zero, a plus sign or white space, " +
		"after a minus sign where it is negative",
	OutOfRange: inRange,
}

func readKey(userID, organizationID string, invalid *InvalidError) Key {
	return Key{
		UserID:         readID(userID, "userId", invalid),
		OrganizationID: readID(organizationID, "organizationId", invalid),
	}
}

func readID(s, name string, invalid *InvalidError) int64 {
	id, code := parseID(s)
	if code != "" {
		invalid.add(InPath, name, code, idDetails[code])
	}
	return id
}

var idempotencyKeyDetails = map[ViolationCode]string{
	Malformed:  "must be visible ASCII characters without spaces, bare or as one quoted string without parameters",
	OutOfRange: "must have 1 to 255 characters",
}

func readIdempotencyKey(values []string, invalid *InvalidError) string {
	const name = "Idempotency-Key"
	if len(values) == 0 {
		return ""
	}
	value, ok := invalid.once(InHeader, name, values)
	if !ok {
		return ""
	}
	key, code := parseIdempotencyKey(value)
	if code != "" {
		invalid.add(InHeader, name, code, idempotencyKeyDetails[code])
	}
	return key
}

// hash identifies a request by its values: two requests with equal values have one
// hash, however their JSON is written.
func (r Registration) hash() string {
	h := make(hasher, 0, 256)
	h.integers(r.UserID, r.OrganizationID, r.Scope, r.Permissions.Group)
	h.list(r.Permissions.Manage)
	h.list(r.Permissions.Read)
	return h.sum()
}

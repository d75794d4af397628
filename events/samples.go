package events

import (
	"encoding/json"
	"strings"

	"users-organizations/pkg/openapi"
)

const key = "8e03978e-40d5-43dd-bc93-6894a57f9324"

// samples has all samples by name. A name begins with the name of its base.
var samples = map[string]Sample{
	"register":                      {},
	"register-with-key":             {"register", []Patch{header("Idempotency-Key", key)}},
	"register-replayed":             {"register", []Patch{header("idempotency-key", `"`+key+`"`), requestID("0d7f2b1c-6a57-4c1b-9a43-5d0c4f7f1a02"), body(`{"permissions":{"read":[1.0,2],"manage":[1e0,2],"group":-0},"scope":1}`)}},
	"register-key-reused":           {"register", []Patch{header("Idempotency-Key", key), body(`{"scope": 2, "permissions": {"group": 0, "manage": [1, 2], "read": [1, 2]}}`)}},
	"register-conflict":             {"register", []Patch{body(`{"scope": 1, "permissions": {"group": 0, "manage": [1, 2], "read": [1, 2, 3]}}`)}},
	"register-base64":               {"register", []Patch{registerPath("-9007199254740991", "9007199254740991"), body("eyJzY29wZSI6IDIsICJwZXJtaXNzaW9ucyI6IHsiZ3JvdXAiOiAtNywgIm1hbmFnZSI6IFtdLCAicmVhZCI6IFszLCAxLCAzXX19"), {"isBase64Encoded": true}}},
	"register-invalid-path":         {"register", []Patch{registerPath("01", "9007199254740992")}},
	"register-escaped-path":         {"register", []Patch{registerPath("%31", "1")}},
	"register-decoded-path":         {"register", []Patch{registerPath("%31", "1"), {"pathParameters": Patch{"userId": "1"}}}},
	"register-trailing-slash":       {"register", []Patch{registerPath("1", "1/"), {"pathParameters": Patch{"organizationId": "1"}}}},
	"register-query":                {"register", []Patch{query("scope", "2"), query("|{};", "")}},
	"register-chosen-id":            {"register", []Patch{header("X-Amzn-RequestId", "a-callers-own"), requestID("a-callers-own")}},
	"register-invalid-key":          {"register", []Patch{header("Idempotency-Key", "two words")}},
	"register-doubled-key":          {"register", []Patch{header("Idempotency-Key", key, key)}},
	"register-key-in-two-cases":     {"register", []Patch{header("Idempotency-Key", key), header("idempotency-KEY", key)}},
	"register-empty-body":           {"register", []Patch{{"body": null}}},
	"register-truncated-body":       {"register", []Patch{body(`{"scope": 1, "permissions": {"group": 0, "manage": [1, 2], "read": [1, 2]}`)}},
	"register-array-body":           {"register", []Patch{body(`[]`)}},
	"register-missing-fields":       {"register", []Patch{body(`{"permissions":{}}`)}},
	"register-invalid-fields":       {"register", []Patch{body(`{"scope":3,"permissions":{"group":1.5,"manage":["1",null,9007199254740992],"read":{}},"Scope":1,"scope":1}`)}},
	"register-too-many-items":       {"register", []Patch{body(`{"scope":1,"permissions":{"group":0,"manage":[1,2],"read":[7` + strings.Repeat(",7", 1000) + `]}}`)}},
	"register-many-problems":        {"register", []Patch{registerPath("+1", "1"), body(`{"scope":1,"permissions":{"group":0,"manage":[true` + strings.Repeat(",true", 249) + `],"read":[1,2]}}`)}},
	"register-expired":              {"register", []Patch{context("expiresAt", "1605184299")}},
	"register-incomplete-context":   {"register", []Patch{context("sessionId", nil)}},
	"register-missing-context":      {"register", []Patch{{"requestContext": Patch{"authorizer": nil}}}},
	"register-doubled-token":        {"register", []Patch{{"multiValueHeaders": Patch{"X-Session-Token": []string{"<another one>"}}}}},
	"register-read-scope":           {"register", []Patch{context("scope", "users-organizations:read")}},
	"register-older-authorizer":     {"register", []Patch{context("scope", nil)}},
	"register-too-large":            {"register", []Patch{body(strings.Repeat(" ", 65537))}},
	"register-wrong-content-type":   {"register", []Patch{header("content-type", "text/json")}},
	"register-doubled-content-type": {"register", []Patch{header("content-type", "application/json", "application/json")}},
	"register-compressed":           {"register", []Patch{header("Content-Encoding", "gzip")}},

	"get":                 {"register", []Patch{operation("getUserOrganization", "1", "1")}},
	"get-deleted":         {"get", []Patch{query("deleted", "include")}},
	"get-not-deleted":     {"get", []Patch{query("deleted", "exclude")}},
	"get-absent":          {"get", []Patch{operation("getUserOrganization", "-1", "1")}},
	"get-invalid":         {"get", []Patch{operation("getUserOrganization", "01", "x"), query("deleted", "only"), query("Deleted", "include")}},
	"get-doubled":         {"get", []Patch{query("deleted", "include", "include")}},
	"get-write-scope":     {"get", []Patch{context("scope", "users-organizations:write")}},
	"get-delete-scope":    {"get", []Patch{context("scope", "users-organizations:delete")}},
	"get-history-scope":   {"get", []Patch{context("scope", "users-organizations:history")}},
	"get-expired":         {"get", []Patch{context("expiresAt", "1605184299")}},
	"get-trailing-slash":  {"get", []Patch{operation("getUserOrganization", "1", "1/")}},
	"get-missing-context": {"get", []Patch{{"requestContext": Patch{"authorizer": nil}}}},

	"list-of-user":                   {"register", []Patch{operation("listUserOrganizations", "1")}},
	"list-of-user-first":             {"list-of-user", []Patch{query("pageSize", "1"), query("deleted", "include"), query("count", "true")}},
	"list-of-user-next":              {"list-of-user-first", []Patch{query("cursor", nextOfUser)}},
	"list-of-user-filtered":          {"list-of-user", []Patch{query("scope", "2"), query("deleted", "only"), query("count", "false")}},
	"list-of-user-empty":             {"list-of-user", []Patch{operation("listUserOrganizations", "-1")}},
	"list-of-user-cursor-of-another": {"list-of-user", []Patch{operation("listUserOrganizations", "2"), query("pageSize", "1"), query("deleted", "include"), query("cursor", nextOfUser)}},
	"list-of-user-invalid":           {"list-of-user", []Patch{operation("listUserOrganizations", "%31"), query("pageSize", "0"), query("cursor", ""), query("deleted", "yes"), query("scope", "3"), query("count", "1"), query("PageSize", "1"), query("\x00", "1")}},
	"list-of-user-doubled":           {"list-of-user", []Patch{query("pageSize", "1", "1")}},
	"list-of-user-write-scope":       {"list-of-user", []Patch{context("scope", "users-organizations:write users-organizations:delete")}},

	"list-of-organization":            {"register", []Patch{operation("listOrganizationUsers", "1")}},
	"list-of-organization-first":      {"list-of-organization", []Patch{query("pageSize", "1"), query("count", "true")}},
	"list-of-organization-invalid":    {"list-of-organization", []Patch{operation("listOrganizationUsers", "9007199254740992"), query("pageSize", "1.0"), query("cursor", nextOfUser), query("scope", "one")}},
	"list-of-organization-read-scope": {"list-of-organization", []Patch{context("scope", "users-organizations:read")}},
	"list-of-organization-no-scope":   {"list-of-organization", []Patch{context("scope", "")}},

	"history":                   {"register", []Patch{operation("listUserOrganizationHistory", "4", "4")}},
	"history-first":             {"history", []Patch{query("pageSize", "3")}},
	"history-next":              {"history-first", []Patch{query("cursor", nextOfHistory)}},
	"history-late":              {"history", []Patch{operation("listUserOrganizationHistory", "1", "1")}},
	"history-empty":             {"history", []Patch{operation("listUserOrganizationHistory", "-1", "1")}},
	"history-invalid":           {"history", []Patch{operation("listUserOrganizationHistory", "%31", "01"), query("pageSize", "101"), query("cursor", ""), query("deleted", "include"), query("PageSize", "1")}},
	"history-doubled":           {"history", []Patch{query("pageSize", "1", "1")}},
	"history-cursor-of-another": {"history", []Patch{operation("listUserOrganizationHistory", "1", "1"), query("cursor", nextOfHistory)}},
	"history-cursor-of-list":    {"history", []Patch{query("cursor", nextOfUser)}},
	"history-scope":             {"history", []Patch{context("scope", "users-organizations:history")}},
	"history-other-scopes":      {"history", []Patch{context("scope", "users-organizations:read users-organizations:write users-organizations:delete")}},
	"history-older-authorizer":  {"history", []Patch{context("scope", nil)}},
	"history-expired":           {"history", []Patch{context("expiresAt", "1605184299")}},
	"history-trailing-slash":    {"history", []Patch{operation("listUserOrganizationHistory", "4", "4"), {"path": openapi.Named("listUserOrganizationHistory").PathOf("4", "4") + "/"}}},

	"change":                    {"register", []Patch{operation("changeUserOrganization", "1", "1"), ifMatch(mark), header("content-type", "application/merge-patch+json"), body(`{"permissions": {"read": [1]}}`)}},
	"change-json":               {"change", []Patch{header("content-type", "application/json; charset=utf-8"), body(`{"scope": 2.0}`)}},
	"change-replayed":           {"change", []Patch{body(`{"permissions":{"read":[1e0]}}`)}},
	"change-stale":              {"change", []Patch{body(`{"scope": 1}`)}},
	"change-of-removed":         {"change", []Patch{body(`{"scope": 1}`)}},
	"change-absent":             {"change", []Patch{operation("changeUserOrganization", "-1", "1"), body(`{"scope": 1}`), header("content-type", "application/json")}},
	"change-without-etag":       {"change", []Patch{header("If-Match")}},
	"change-of-any":             {"change", []Patch{header("If-Match", "*")}},
	"change-weak":               {"change", []Patch{header("If-Match", `W/"`+mark+`"`)}},
	"change-doubled-etag":       {"change", []Patch{header("If-Match", `"`+mark+`"`, `"`+mark+`"`)}},
	"change-nothing":            {"change", []Patch{body(`{}`)}},
	"change-null":               {"change", []Patch{body(`{"scope":null,"permissions":{"group":null}}`)}},
	"change-invalid":            {"change", []Patch{operation("changeUserOrganization", "01", "x"), query("force", "true"), header("content-type", "application/json"), ifMatch("0"), body(`{"scope":3,"Scope":1,"permissions":{"read":[1,"2"]}}`)}},
	"change-wrong-content-type": {"change", []Patch{header("content-type", "application/json-patch+json")}},
	"change-no-content-type":    {"change", []Patch{header("content-type")}},
	"change-too-large":          {"change", []Patch{body(strings.Repeat(" ", 65537))}},
	"change-delete-scope":       {"change", []Patch{context("scope", "users-organizations:delete users-organizations:read")}},
	"change-older-authorizer":   {"change", []Patch{context("scope", nil)}},
	"change-trailing-slash":     {"change", []Patch{operation("changeUserOrganization", "1", "1/")}},

	"remove":                  {"register", []Patch{operation("removeUserOrganization", "1", "1"), ifMatch(mark)}},
	"remove-any":              {"remove", []Patch{header("If-Match", "*")}},
	"remove-any-absent":       {"remove", []Patch{operation("removeUserOrganization", "-1", "1"), header("If-Match", "*")}},
	"remove-again":            {"remove", []Patch{}},
	"remove-by-another":       {"remove", []Patch{context("userId", "2")}},
	"remove-stale":            {"remove", []Patch{}},
	"remove-absent":           {"remove", []Patch{operation("removeUserOrganization", "-1", "1")}},
	"remove-without-etag":     {"remove", []Patch{header("If-Match")}},
	"remove-empty-etag":       {"remove", []Patch{header("If-Match", "")}},
	"remove-body":             {"remove", []Patch{body(`{}`), header("content-type", "text/plain")}},
	"remove-content-type":     {"remove", []Patch{header("content-type", "text/plain")}},
	"remove-write-scope":      {"remove", []Patch{context("scope", "users-organizations:write users-organizations:read")}},
	"remove-older-authorizer": {"remove", []Patch{context("scope", nil)}},
	"restore":                 {"register", []Patch{operation("restoreUserOrganization", "1", "1"), ifMatch(removal)}},
	"restore-again":           {"restore", []Patch{}},
	"restore-active":          {"restore", []Patch{ifMatch(mark)}},
	"restore-stale":           {"restore", []Patch{ifMatch(mark)}},
	"restore-absent":          {"restore", []Patch{operation("restoreUserOrganization", "-1", "1")}},
	"restore-without-etag":    {"restore", []Patch{header("If-Match")}},
	"restore-any":             {"restore", []Patch{header("If-Match", "*")}},
	"restore-body":            {"restore", []Patch{body(`x`)}},
	"restore-delete-scope":    {"restore", []Patch{context("scope", "users-organizations:delete")}},
}

// mark and removal are the revisions of the registered and the removed membership.
const (
	mark    = "0123456789abcdef0123456789abcdef"
	removal = "00000000000000000000000000000001"
)

// nextOfUser is the cursor of the second page of list-of-user-first.
const nextOfUser = "MSB1c2VyIDEgaW5jbHVkZSAwIDIgMQ"

// nextOfHistory is the cursor of the second page of history-first.
const nextOfHistory = "MSBoaXN0b3J5IDQgNCAyIDY"

// null sets a member to null. A nil in a Patch would remove the member.
var null = json.RawMessage("null")

// header sets a header in both forms that the gateway sends. Without a value, it
// removes the header.
func header(name string, values ...string) Patch {
	if len(values) == 0 {
		return Patch{"headers": Patch{name: nil}, "multiValueHeaders": Patch{name: nil}}
	}
	return Patch{"headers": Patch{name: values[len(values)-1]}, "multiValueHeaders": Patch{name: values}}
}

// operation makes the request one to another operation, without a body. The other
// parts of the base stay.
func operation(id string, ids ...any) Patch {
	o := openapi.Named(id)
	path := o.PathOf(ids...)
	parameters := Patch{"userId": nil, "organizationId": nil}
	for i, name := range o.Parameters() {
		parameters[name] = ids[i]
	}
	return Patch{
		"resource": o.Path, "path": path, "httpMethod": o.Method, "pathParameters": parameters,
		"requestContext": Patch{"resourcePath": o.Path, "path": "/main" + path, "httpMethod": o.Method},
		"headers":        Patch{"content-type": nil}, "multiValueHeaders": Patch{"content-type": nil},
		"body": null,
	}
}

// query adds a query parameter in both forms.
func query(name string, values ...string) Patch {
	return Patch{
		"queryStringParameters":           Patch{name: values[len(values)-1]},
		"multiValueQueryStringParameters": Patch{name: values},
	}
}

func ifMatch(revision string) Patch { return header("If-Match", `"`+revision+`"`) }

func body(text string) Patch { return Patch{"body": text} }

// context changes a value that the authorizer has set.
func context(name string, value any) Patch {
	return Patch{"requestContext": Patch{"authorizer": Patch{name: value}}}
}

func requestID(id string) Patch { return Patch{"requestContext": Patch{"requestId": id}} }

// registerPath makes the request one to register another pair.
func registerPath(userID, organizationID string) Patch {
	path := openapi.Named("registerUserOrganization").PathOf(userID, organizationID)
	return Patch{
		"path":           path,
		"pathParameters": Patch{"userId": userID, "organizationId": organizationID},
		"requestContext": Patch{"path": "/main" + path},
	}
}

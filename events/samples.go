package events

import (
	"encoding/json"
	"strings"
)

const key = "8e03978e-40d5-43dd-bc93-6894a57f9324"

// samples are all samples by name, which begins with that of the base.
var samples = map[string]Sample{
	"register":                      {Base: "register"},
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
}

// null stands for the value, where a patch's null takes a member away.
var null = json.RawMessage("null")

// header sets a header, in the two forms in which the gateway gives it.
func header(name string, values ...string) Patch {
	return Patch{"headers": Patch{name: values[len(values)-1]}, "multiValueHeaders": Patch{name: values}}
}

// query adds a query parameter in both forms.
func query(name string, values ...string) Patch {
	return Patch{
		"queryStringParameters":           Patch{name: values[len(values)-1]},
		"multiValueQueryStringParameters": Patch{name: values},
	}
}

func body(text string) Patch { return Patch{"body": text} }

// context changes what the authorizer says.
func context(name string, value any) Patch {
	return Patch{"requestContext": Patch{"authorizer": Patch{name: value}}}
}

func requestID(id string) Patch { return Patch{"requestContext": Patch{"requestId": id}} }

func registerPath(userID, organizationID string) Patch {
	path := "/users-organizations/v1/bo/users/register/" + userID + "/organizations/" + organizationID
	return Patch{
		"path":           path,
		"pathParameters": Patch{"userId": userID, "organizationId": organizationID},
		"requestContext": Patch{"path": "/main" + path},
	}
}

// Package localtest runs the real function binaries for tests, invokes them with
// API Gateway's events, and reads their logs.
package localtest

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"users-organizations/infra/local/lambda"
	"users-organizations/infra/local/template"
	"users-organizations/pkg/caller"
	"users-organizations/pkg/coldstart"
	"users-organizations/pkg/dynamo/engine"
	"users-organizations/pkg/openapi"
	"users-organizations/pkg/token"
)

// TableName is the local name of the memberships table.
var TableName = template.LocalNames["MembershipsTable"]

// CreateTables makes the tables of template.yaml under their local names, on the
// DynamoDB at endpoint.
func CreateTables(ctx context.Context, endpoint string) error {
	root, err := engine.ModuleRoot()
	if err != nil {
		return err
	}
	t, err := template.Read(filepath.Join(root, "template.yaml"), template.LocalNames)
	if err != nil {
		return err
	}
	return engine.CreateTables(ctx, endpoint, t.Tables)
}

// Timeout is how long a function may take (template.yaml).
const Timeout = 5 * time.Second

// Start starts a function's binary, for at most concurrency invocations at once,
// with the DynamoDB at endpoint. The variables in more are added to its
// environment. It ends with the test.
func Start(t testing.TB, binary, endpoint string, concurrency int, logs io.Writer, more map[string]string) *lambda.Function {
	t.Helper()
	environment := map[string]string{
		"TABLE_NAME":                TableName,
		"ORGANIZATION_INDEX_NAME":   "by-organization",
		"HISTORY_TABLE_NAME":        template.LocalNames["HistoryTable"],
		"AWS_ENDPOINT_URL_DYNAMODB": endpoint,
		"AWS_LAMBDA_LOG_LEVEL":      "DEBUG",
		"GODEBUG":                   coldstart.Debug,
	}
	maps.Copy(environment, more)
	f := lambda.New(lambda.Config{
		Name:        filepath.Base(filepath.Dir(binary)),
		Binary:      binary,
		Environment: environment,
		MemorySize:  256,
		Timeout:     Timeout,
		Concurrency: concurrency,
		Output:      logs,
		Log:         log.New(io.Discard, "", 0),
	})
	t.Cleanup(f.Close)
	return f
}

// The tokens of every Request. No log may hold them.
const (
	BearerToken  = "eyJhbGciOiJIUzI1NiJ9.c2VjcmV0LWJlYXJlcg.b25seS1mb3ItdGVzdHM"  //nolint:gosec // opens nothing
	SessionToken = "eyJhbGciOiJIUzI1NiJ9.c2VjcmV0LXNlc3Npb24.b25seS1mb3ItdGVzdHM" //nolint:gosec // opens nothing
)

// Request is a request of an authorized caller for one membership.
type Request struct {
	// Operation is the operation's id; empty means a registration.
	Operation string
	// ID is API Gateway's request id.
	ID string
	// Caller is the user id that the authorizer gives.
	Caller             string
	User, Organization int64
	Scope, Group       int64
	Manage, Read       []int64
	IdempotencyKey     string
	IfMatch            string // sent unless empty
	// Query has the query parameters.
	Query map[string][]string
}

func (r Request) operation() openapi.Operation {
	return openapi.Named(cmp.Or(r.Operation, "registerUserOrganization"))
}

// Body is the JSON that the caller sends. A change sends only the scope.
func (r Request) Body() string {
	if len(r.operation().MediaTypes) == 0 {
		return ""
	}
	fields := map[string]any{"scope": r.Scope}
	if r.Operation == "" {
		fields["permissions"] = map[string]any{"group": r.Group, "manage": list(r.Manage), "read": list(r.Read)}
	}
	body, err := json.Marshal(fields)
	if err != nil {
		panic(err)
	}
	return string(body)
}

// Membership is the membership that a registration asks for, without the times,
// which the function sets.
func (r Request) Membership() Membership {
	m := Membership{UserID: r.User, OrganizationID: r.Organization, Scope: r.Scope}
	m.Permissions.Group, m.Permissions.Manage, m.Permissions.Read = r.Group, list(r.Manage), list(r.Read)
	return m
}

func list(ns []int64) []int64 {
	if ns == nil {
		return []int64{}
	}
	return ns
}

// Path is the path of the request in its stage.
func (r Request) Path() string {
	return r.operation().PathOf(r.User, r.Organization)
}

// Event is the proxy event of the request.
func (r Request) Event() []byte {
	headers := map[string][]string{
		"Authorization":   {"Bearer " + BearerToken},
		"x-session-token": {SessionToken},
		"Content-Type":    {"application/json"},
	}
	if r.IdempotencyKey != "" {
		headers["Idempotency-Key"] = []string{r.IdempotencyKey}
	}
	if r.IfMatch != "" {
		headers["If-Match"] = []string{r.IfMatch}
	}
	operation := r.operation()
	event, err := json.Marshal(events.APIGatewayProxyRequest{
		Resource:                        operation.Path,
		Path:                            r.Path(),
		HTTPMethod:                      operation.Method,
		MultiValueHeaders:               headers,
		MultiValueQueryStringParameters: r.Query,
		RequestContext: events.APIGatewayProxyRequestContext{
			RequestID: r.ID,
			Authorizer: map[string]any{
				"userId": r.Caller, "sessionId": "session", "expiresAt": fmt.Sprint(time.Now().Add(time.Hour).Unix()),
				"scope": token.All.Format(caller.DefaultPrefix),
			},
		},
		Body: r.Body(),
	})
	if err != nil {
		panic(err)
	}
	return event
}

// Response is what the caller receives.
type Response struct {
	Status  int               `json:"statusCode"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
}

// Invoke hands the request to the function. An error means that the function has
// crashed, run out of time or returned something else, or that ctx has ended.
func Invoke(ctx context.Context, f *lambda.Function, r Request) (Response, error) {
	payload, err := f.Invoke(ctx, "", r.Event())
	if err != nil {
		return Response{}, err
	}
	var response Response
	if err := json.Unmarshal(payload, &response); err != nil || response.Status == 0 {
		return Response{}, errors.Join(fmt.Errorf("%s is not a proxy response", payload), err)
	}
	return response, nil
}

// Membership is a membership as responses show it.
type Membership struct {
	UserID         int64 `json:"userId"`
	OrganizationID int64 `json:"organizationId"`
	Scope          int64 `json:"scope"`
	Permissions    struct {
		Group  int64   `json:"group"`
		Manage []int64 `json:"manage"`
		Read   []int64 `json:"read"`
	} `json:"permissions"`
	CreatedAt string  `json:"createdAt"`
	UpdatedAt string  `json:"updatedAt"`
	DeletedAt *string `json:"deletedAt"`
}

// ETag is the response's ETag, from its header or its problem; "" if it has none.
func (r Response) ETag() string {
	var body struct{ ETag string }
	if r.Headers["ETag"] != "" || json.Unmarshal([]byte(r.Body), &body) != nil {
		return r.Headers["ETag"]
	}
	return body.ETag
}

// Data is the membership of a 200 or 201.
func (r Response) Data() (Membership, error) {
	var body struct{ Data Membership }
	err := json.Unmarshal([]byte(r.Body), &body)
	return body.Data, err
}

// Conflict has the members of a 409 or 412 that tests read.
type Conflict struct {
	Existing  Membership
	Identical bool
}

// Conflict decodes the problem of a 409 or 412.
func (r Response) Conflict() (Conflict, error) {
	var c Conflict
	err := json.Unmarshal([]byte(r.Body), &c)
	return c, err
}

// Package localtest runs the real function binaries for tests, hands them the
// events of API Gateway, and reads what they log.
package localtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"users-organizations/infra/local/lambda"
	"users-organizations/infra/local/template"
	"users-organizations/pkg/dynamo/engine"
	"users-organizations/pkg/openapi"
)

// TableName is the local name of the table of memberships.
var TableName = template.LocalNames["MembershipsTable"]

// CreateTables makes the tables of template.yaml, under their local names, on
// the DynamoDB at endpoint.
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

// Build builds the command of this module in the folder path, such as
// functions/register, into a folder of its own under directory, with the flags
// of `make build`, and gives the file's path.
func Build(ctx context.Context, directory, path string) (string, error) {
	file := filepath.Join(directory, filepath.Base(path), "bootstrap")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-tags=lambda.norpc", //nolint:gosec // The caller names a folder of this module.
		"-o", file, "users-organizations/"+path)
	cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0")
	if said, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building %s: %w: %s", path, err, said)
	}
	return file, nil
}

// Timeout is how long the register function may take (template.yaml).
const Timeout = 5 * time.Second

// Register is the register function on a Runtime API of its own, for so many
// invocations at once, on the DynamoDB at endpoint. More variables are added to
// its environment. It ends with the test.
func Register(t testing.TB, binary, endpoint string, concurrency int, logs io.Writer, more map[string]string) *lambda.Function {
	t.Helper()
	environment := map[string]string{
		"TABLE_NAME":                TableName,
		"AWS_ENDPOINT_URL_DYNAMODB": endpoint,
		"AWS_LAMBDA_LOG_LEVEL":      "DEBUG",
	}
	maps.Copy(environment, more)
	f := lambda.New(lambda.Config{
		Name:        "RegisterFunction",
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

// The secrets of every Request: no log may hold them.
const (
	BearerToken  = "eyJhbGciOiJIUzI1NiJ9.c2VjcmV0LWJlYXJlcg.b25seS1mb3ItdGVzdHM"  //nolint:gosec // opens nothing
	SessionToken = "eyJhbGciOiJIUzI1NiJ9.c2VjcmV0LXNlc3Npb24.b25seS1mb3ItdGVzdHM" //nolint:gosec // opens nothing
)

// registration is the operation of every Request.
var registration = openapi.Named("registerUserOrganization")

// Request is a registration of an authorized caller.
type Request struct {
	// ID is API Gateway's request id.
	ID string
	// Caller is the user whom the authorizer has named.
	Caller             string
	User, Organization int64
	Scope, Group       int64
	Manage, Read       []int64
	IdempotencyKey     string
}

// Body is the JSON that the caller sends.
func (r Request) Body() string {
	body, err := json.Marshal(map[string]any{
		"scope":       r.Scope,
		"permissions": map[string]any{"group": r.Group, "manage": list(r.Manage), "read": list(r.Read)},
	})
	if err != nil {
		panic(err)
	}
	return string(body)
}

// Membership is what the request asks for. Its times are for the function to
// say.
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
	return registration.PathOf(r.User, r.Organization)
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
	event, err := json.Marshal(events.APIGatewayProxyRequest{
		Resource:          registration.Path,
		Path:              r.Path(),
		HTTPMethod:        registration.Method,
		MultiValueHeaders: headers,
		RequestContext: events.APIGatewayProxyRequestContext{
			RequestID: r.ID,
			Authorizer: map[string]any{
				"userId": r.Caller, "sessionId": "session", "expiresAt": fmt.Sprint(time.Now().Add(time.Hour).Unix()),
			},
		},
		Body: r.Body(),
	})
	if err != nil {
		panic(err)
	}
	return event
}

// Answer is what a caller gets.
type Answer struct {
	Status  int               `json:"statusCode"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
}

// Invoke hands the request to the function. Its error is never the function's
// choice: it has crashed or run out of time, or ctx has ended.
func Invoke(ctx context.Context, f *lambda.Function, r Request) (Answer, error) {
	payload, err := f.Invoke(ctx, "", r.Event())
	if err != nil {
		return Answer{}, err
	}
	var a Answer
	if err := json.Unmarshal(payload, &a); err != nil || a.Status == 0 {
		return Answer{}, errors.Join(fmt.Errorf("%s is no proxy answer", payload), err)
	}
	return a, nil
}

// Membership is one membership as it is answered.
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

// Data is the membership of a 201.
func (a Answer) Data() (Membership, error) {
	var body struct{ Data Membership }
	err := json.Unmarshal([]byte(a.Body), &body)
	return body.Data, err
}

// Conflict is what a 409 tells.
type Conflict struct {
	Existing  Membership
	Identical bool
}

// Conflict is what a 409 tells.
func (a Answer) Conflict() (Conflict, error) {
	var c Conflict
	err := json.Unmarshal([]byte(a.Body), &c)
	return c, err
}

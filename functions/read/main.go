// Command read is the Lambda function that shows one membership, the
// memberships of a user or of an organization, and the history of a membership.
package main

import (
	"context"
	"errors"
	"io"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"users-organizations/pkg/api"
	"users-organizations/pkg/coldstart"
	"users-organizations/pkg/dynamo"
	"users-organizations/pkg/history"
	"users-organizations/pkg/membership"
)

func main() {
	// A page of 50 memberships leaves 200 KB of garbage.
	coldstart.RoomForGarbage(os.Getenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"))
	coldstart.Start("read", newHandler)
}

// service carries out the function's operations.
type service struct {
	memberships *membership.ReadService
	histories   *history.ReadService
}

// newHandler wires the function from its environment, and opens its connection
// to DynamoDB. An error names the variable that is missing or wrong.
func newHandler(ctx context.Context, getenv func(string) string, out io.Writer) (lambda.Handler, error) {
	if getenv("ORGANIZATION_INDEX_NAME") == "" {
		return nil, errors.New("ORGANIZATION_INDEX_NAME is not set: name the table's index of the members of organizations")
	}
	store, err := dynamo.Open(ctx, getenv)
	if err != nil {
		return nil, err
	}
	log, err := store.OpenHistory(getenv)
	if err != nil {
		return nil, err
	}
	return newService(store, log).handler(getenv, out, time.Now)
}

func newService(store membership.Reader, log history.Lister) service {
	return service{
		memberships: &membership.ReadService{Store: store},
		histories:   &history.ReadService{Log: log, Memberships: store},
	}
}

func (s service) handler(getenv func(string) string, out io.Writer, now func() time.Time) (*api.Handler, error) {
	return api.New("read", getenv, out, now, map[string]api.Operation{
		"getUserOrganization":         operation(membership.ParseGet, s.memberships.Get, showMembership),
		"listUserOrganizations":       operation(membership.OfUser.ParseList, s.memberships.List, showPage),
		"listOrganizationUsers":       operation(membership.OfOrganization.ParseList, s.memberships.List, showPage),
		"listUserOrganizationHistory": operation(membership.ParseHistory, s.histories.Page, showPage),
	})
}

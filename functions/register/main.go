// Command register is the Lambda function that makes users members of
// organizations.
package main

import (
	"context"
	"io"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"users-organizations/pkg/api"
	"users-organizations/pkg/coldstart"
	"users-organizations/pkg/dynamo"
	"users-organizations/pkg/membership"
)

func main() { coldstart.Start("register", newHandler) }

// service carries out the function's operations.
type service struct{ memberships *membership.RegisterService }

// newHandler wires the function from its environment, and opens its connection
// to DynamoDB. An error names the variable that is missing or wrong.
func newHandler(ctx context.Context, getenv func(string) string, out io.Writer) (lambda.Handler, error) {
	store, err := dynamo.Open(ctx, getenv)
	if err != nil {
		return nil, err
	}
	s := service{&membership.RegisterService{Store: store, Now: time.Now, NewMark: membership.NewMark}}
	return s.handler(getenv, out, time.Now)
}

func (s service) handler(getenv func(string) string, out io.Writer, now func() time.Time) (*api.Handler, error) {
	return api.New("register", getenv, out, now, map[string]api.Operation{
		"registerUserOrganization": s.register,
	})
}

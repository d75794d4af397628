package main

import (
	"errors"
	"net/http"
	"strings"

	"github.com/aws/aws-lambda-go/events"

	"users-organizations/pkg/token"
)

// service is the path with which all routes of this service begin.
const service = "users-organizations/v1"

// The effects of a policy.
const (
	effectAllow = "Allow"
	effectDeny  = "Deny"
)

// policy is the output of a Lambda authorizer. API Gateway caches it, and applies
// it to every request with the same two tokens. So it covers all routes of the
// service, not only the one that was called first.
func policy(effect, principal string, resources []string, context map[string]any) events.APIGatewayCustomAuthorizerResponse {
	return events.APIGatewayCustomAuthorizerResponse{
		PrincipalID: principal,
		PolicyDocument: events.APIGatewayCustomAuthorizerPolicy{
			Version: "2012-10-17",
			Statement: []events.IAMPolicyStatement{{
				Action:   []string{"execute-api:Invoke"},
				Effect:   effect,
				Resource: resources,
			}},
		},
		Context: context,
	}
}

// resources are the routes of this service in one stage of one API.
type resources struct {
	// stage is arn:aws:execute-api:{region}:{account}:{api}/{stage}
	stage string
}

// methods has the scopes that allow each method, on all routes of the service: a
// cached policy distinguishes methods only. The handler of an operation requires a
// scope of that operation.
var methods = []struct {
	method string
	scopes token.Scopes
}{
	{http.MethodGet, token.All},
	{http.MethodPost, token.Write},
	{http.MethodPatch, token.Write},
	{http.MethodDelete, token.Delete},
}

// allowedTo returns the resources that a caller with these scopes may request.
func (r resources) allowedTo(scopes token.Scopes) []string {
	var all []string
	for _, m := range methods {
		if scopes&m.scopes != 0 {
			all = append(all, r.of(m.method))
		}
	}
	return all
}

// all returns the resources of every method.
func (r resources) all() []string { return []string{r.of("*")} }

func (r resources) of(method string) string { return r.stage + "/" + method + "/" + service + "/*" }

var errMethodARN = errors.New("methodArn is not the ARN of a method")

// readResources reads the stage in a method's ARN:
//
//	arn:aws:execute-api:{region}:{account}:{api}/{stage}/{method}/{path}
//
// Each part has an alphabet. None contains a wildcard, so no part can widen the
// policy.
func readResources(methodARN string) (resources, error) {
	parts := strings.SplitN(methodARN, ":", 6)
	if len(parts) != 6 {
		return resources{}, errMethodARN
	}
	arn, partition, api, region, account := parts[0], parts[1], parts[2], parts[3], parts[4]
	method := strings.SplitN(parts[5], "/", 4)
	if len(method) != 4 {
		return resources{}, errMethodARN
	}
	apiID, stage, verb := method[0], method[1], method[2]
	if arn != "arn" || api != "execute-api" ||
		!consistsOf(partition, lower+"-") ||
		!consistsOf(region, lower+digits+"-") ||
		!consistsOf(account, digits) || len(account) != 12 ||
		!consistsOf(apiID, lower+digits) ||
		!consistsOf(stage, lower+upper+digits+"-_") ||
		!consistsOf(verb, upper) {
		return resources{}, errMethodARN
	}
	return resources{strings.Join(parts[:5], ":") + ":" + apiID + "/" + stage}, nil
}

const (
	lower  = "abcdefghijklmnopqrstuvwxyz"
	upper  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digits = "0123456789"
)

func consistsOf(s, alphabet string) bool {
	return s != "" && strings.Trim(s, alphabet) == ""
}

package main

import (
	"errors"
	"strings"

	"github.com/aws/aws-lambda-go/events"
)

// service is the path that all routes of this service begin with.
const service = "users-organizations/v1"

// The effects of a policy.
const (
	effectAllow = "Allow"
	effectDeny  = "Deny"
)

// policy answers API Gateway, which applies the answer to every request with
// the same two tokens for as long as it keeps it: so it is about all routes of
// the service, not only about the one that was called first.
func policy(effect, principal, resource string, context map[string]any) events.APIGatewayCustomAuthorizerResponse {
	return events.APIGatewayCustomAuthorizerResponse{
		PrincipalID: principal,
		PolicyDocument: events.APIGatewayCustomAuthorizerPolicy{
			Version: "2012-10-17",
			Statement: []events.IAMPolicyStatement{{
				Action:   []string{"execute-api:Invoke"},
				Effect:   effect,
				Resource: []string{resource},
			}},
		},
		Context: context,
	}
}

var errMethodARN = errors.New("methodArn is not the ARN of a method")

// serviceResource makes the ARN of all routes of this service, in the stage
// that methodARN belongs to:
//
//	arn:aws:execute-api:{region}:{account}:{api}/{stage}/{method}/{path}
//
// Every part is held to the characters that it can have, so that none can
// widen the policy: a wildcard is among none of them.
func serviceResource(methodARN string) (string, error) {
	parts := strings.SplitN(methodARN, ":", 6)
	if len(parts) != 6 {
		return "", errMethodARN
	}
	arn, partition, api, region, account := parts[0], parts[1], parts[2], parts[3], parts[4]
	method := strings.SplitN(parts[5], "/", 4)
	if len(method) != 4 {
		return "", errMethodARN
	}
	apiID, stage, verb := method[0], method[1], method[2]
	if arn != "arn" || api != "execute-api" ||
		!consistsOf(partition, lower+"-") ||
		!consistsOf(region, lower+digits+"-") ||
		!consistsOf(account, digits) || len(account) != 12 ||
		!consistsOf(apiID, lower+digits) ||
		!consistsOf(stage, lower+upper+digits+"-_") ||
		!consistsOf(verb, upper) {
		return "", errMethodARN
	}
	return strings.Join(parts[:5], ":") + ":" + apiID + "/" + stage + "/*/" + service + "/*", nil
}

const (
	lower  = "abcdefghijklmnopqrstuvwxyz"
	upper  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digits = "0123456789"
)

func consistsOf(s, alphabet string) bool {
	return s != "" && strings.Trim(s, alphabet) == ""
}

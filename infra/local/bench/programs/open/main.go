// Command open is an authorizer that allows every call unchecked.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
)

type (
	request = events.APIGatewayCustomAuthorizerRequestTypeRequest
	policy  = events.APIGatewayCustomAuthorizerResponse
)

func main() {
	lambda.Start(func(_ context.Context, r request) (policy, error) {
		return policy{
			PrincipalID: "anybody",
			PolicyDocument: events.APIGatewayCustomAuthorizerPolicy{
				Version: "2012-10-17",
				Statement: []events.IAMPolicyStatement{{
					Action:   []string{"execute-api:Invoke"},
					Effect:   "Allow",
					Resource: []string{r.MethodArn},
				}},
			},
		}, nil
	})
}

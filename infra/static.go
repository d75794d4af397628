package main

import (
	"strconv"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/jsii-runtime-go"
)

// static is an answer that the gateway gives by itself, tokens or not.
type static struct {
	status int
	// headers are mapping expressions: a text in quotes, or a variable.
	headers map[string]string
	// body is a template; empty means that there is none.
	body string
}

// to has every request of a method answered so.
func (s static) to(method string, resource awsapigateway.IResource) {
	status := jsii.String(strconv.Itoa(s.status))

	// A mock looks for its status in the template of the request's media type;
	// one that is not listed here meets UNSUPPORTED_MEDIA_TYPE.
	requests := map[string]*string{}
	for _, mediaType := range []string{
		"application/json", "application/octet-stream", "application/x-www-form-urlencoded", "application/xml",
		"multipart/form-data", "text/plain",
	} {
		requests[mediaType] = jsii.String(`{"statusCode": ` + *status + `}`)
	}
	mapped, declared := map[string]*string{}, map[string]*bool{}
	for name, value := range s.headers {
		mapped["method.response.header."+name] = jsii.String(value)
		declared["method.response.header."+name] = jsii.Bool(true)
	}
	answer := &awsapigateway.IntegrationResponse{StatusCode: status, ResponseParameters: &mapped}
	if s.body != "" {
		answer.ResponseTemplates = &map[string]*string{"application/json": jsii.String(s.body)}
	}
	resource.AddMethod(
		jsii.String(method),
		awsapigateway.NewMockIntegration(&awsapigateway.IntegrationOptions{
			PassthroughBehavior:  awsapigateway.PassthroughBehavior_NEVER,
			RequestTemplates:     &requests,
			IntegrationResponses: &[]*awsapigateway.IntegrationResponse{answer},
		}),
		&awsapigateway.MethodOptions{
			AuthorizationType: awsapigateway.AuthorizationType_NONE,
			MethodResponses:   &[]*awsapigateway.MethodResponse{{StatusCode: status, ResponseParameters: &declared}},
		},
	)
}

package main

import (
	"strconv"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/jsii-runtime-go"
)

// mockResponse is a response of a mock integration: API Gateway makes it
// without a function, for any caller.
type mockResponse struct {
	status int
	// headers are mapping expressions: a text in quotes, or a variable.
	headers map[string]string
	// body is a mapping template, or empty for none.
	body string
}

// addTo makes r the response to every request of a method.
func (r mockResponse) addTo(resource awsapigateway.IResource, method string) {
	status := jsii.String(strconv.Itoa(r.status))

	// A mock takes its status from the template of the request's media type. Any
	// other media type gets UNSUPPORTED_MEDIA_TYPE.
	requests := map[string]*string{}
	for _, mediaType := range []string{
		"application/json", "application/octet-stream", "application/x-www-form-urlencoded", "application/xml",
		"multipart/form-data", "text/plain",
	} {
		requests[mediaType] = jsii.String(`{"statusCode": ` + *status + `}`)
	}
	mapped, declared := map[string]*string{}, map[string]*bool{}
	for name, value := range r.headers {
		mapped["method.response.header."+name] = jsii.String(value)
		declared["method.response.header."+name] = jsii.Bool(true)
	}
	response := &awsapigateway.IntegrationResponse{StatusCode: status, ResponseParameters: &mapped}
	if r.body != "" {
		response.ResponseTemplates = &map[string]*string{"application/json": jsii.String(r.body)}
	}
	resource.AddMethod(
		jsii.String(method),
		awsapigateway.NewMockIntegration(&awsapigateway.IntegrationOptions{
			PassthroughBehavior:  awsapigateway.PassthroughBehavior_NEVER,
			RequestTemplates:     &requests,
			IntegrationResponses: &[]*awsapigateway.IntegrationResponse{response},
		}),
		&awsapigateway.MethodOptions{
			AuthorizationType: awsapigateway.AuthorizationType_NONE,
			MethodResponses:   &[]*awsapigateway.MethodResponse{{StatusCode: status, ResponseParameters: &declared}},
		},
	)
}

package main

import (
	"strconv"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/jsii-runtime-go"

	"users-organizations/pkg/problem"
)

// answerInProblems gives the gateway's own answers the form that the
// handler's have.
func answerInProblems(api awsapigateway.RestApi, origin string) {
	for _, response := range problem.GatewayResponses {
		options := &awsapigateway.GatewayResponseOptions{
			Type:            awsapigateway.ResponseType_Of(jsii.String(response.Type)),
			ResponseHeaders: &map[string]*string{},
			Templates:       &map[string]*string{"application/json": jsii.String(response.Template())},
		}
		for name, value := range mappedHeaders(response, origin) {
			(*options.ResponseHeaders)[name] = jsii.String(value)
		}
		if status := response.Status(); status != 0 {
			options.StatusCode = jsii.String(strconv.Itoa(status))
		}
		api.AddGatewayResponse(jsii.String(response.Type), options)
	}
}

// answerNotFound answers every path and method that is no route with a 404,
// tokens or not. Without methods of its own for them API Gateway would take an
// Authorization header for a signature of AWS, and complain of its form.
func answerNotFound(api awsapigateway.RestApi, resource awsapigateway.Resource, origin string) {
	notFound := problem.GatewayResponse{Code: problem.NoSuchOperation}
	answer := static{notFound.Status(), mappedHeaders(notFound, origin), notFound.Template()}

	// {proxy+} under the root takes every path but the route and those that lead
	// to it, and gives its methods to the root as well.
	answer.to("ANY", api.Root().AddProxy(&awsapigateway.ProxyResourceOptions{AnyMethod: jsii.Bool(false)}))
	for step := awsapigateway.IResource(resource); *step.Path() != "/"; step = step.ParentResource() {
		answer.to("ANY", step)
	}
}

// mappedHeaders are the response's headers as API Gateway's mapping
// expressions: a static text in quotes, or a variable.
func mappedHeaders(response problem.GatewayResponse, origin string) map[string]string {
	headers := map[string]string{}
	for name, value := range response.Headers() {
		if variable, ok := strings.CutPrefix(value, "$"); ok {
			headers[name] = variable
			continue
		}
		headers[name] = "'" + value + "'"
	}
	if origin != "" {
		headers["Access-Control-Allow-Origin"] = "'" + origin + "'"
		headers["Access-Control-Expose-Headers"] = "'Retry-After,X-Request-Id'"
	}
	return headers
}

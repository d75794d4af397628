package main

import (
	"strconv"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/jsii-runtime-go"

	"users-organizations/infra/gatewayresponses"
	"users-organizations/pkg/openapi"
)

// addGatewayResponses makes API Gateway's own responses problems, in the form of
// the functions' ones.
func addGatewayResponses(api awsapigateway.RestApi, origin string) {
	for _, response := range gatewayresponses.All() {
		options := &awsapigateway.GatewayResponseOptions{
			Type:            awsapigateway.ResponseType_Of(jsii.String(response.Type)),
			ResponseHeaders: &map[string]*string{},
			Templates:       &map[string]*string{"application/json": jsii.String(response.Body)},
		}
		for name, value := range mappedHeaders(response, origin) {
			(*options.ResponseHeaders)[name] = jsii.String(value)
		}
		if response.Status != 0 {
			options.StatusCode = jsii.String(strconv.Itoa(response.Status))
		}
		api.AddGatewayResponse(jsii.String(response.Type), options)
	}
}

// addNotFound makes 404 the response to every path and method without a route,
// for any caller. Without these methods API Gateway would parse an Authorization
// header as an AWS signature, and complain about its form.
func addNotFound(api awsapigateway.RestApi, origin string) {
	notFound := gatewayresponses.NotFound()
	response := mockResponse{notFound.Status, mappedHeaders(notFound, origin), notFound.Body}

	// {proxy+} under the root takes every path except the routes and their parent
	// paths, and the CDK adds its methods to the root, too.
	response.addTo(api.Root().AddProxy(&awsapigateway.ProxyResourceOptions{AnyMethod: jsii.Bool(false)}), "ANY")
	done := map[string]bool{"/": true}
	for _, o := range openapi.Operations() {
		var step awsapigateway.IResource = api.Root().ResourceForPath(jsii.String(o.Path))
		for ; !done[*step.Path()]; step = step.ParentResource() {
			response.addTo(step, "ANY")
			done[*step.Path()] = true
		}
	}
}

// mappedHeaders are the response's headers as mapping expressions of API
// Gateway: a static text in quotes, or a variable.
func mappedHeaders(response gatewayresponses.Response, origin string) map[string]string {
	headers := map[string]string{}
	for name, value := range response.Headers {
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

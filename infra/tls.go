package main

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// requireTLS makes an API or a domain accept only TLS 1.3 and 1.2 with forward
// secrecy, and refuse a request whose Host differs from the TLS server name. By
// default a Regional endpoint accepts TLS 1.0 (API Gateway developer guide,
// "Security policies for REST APIs").
func requireTLS(endpoint constructs.Construct) {
	properties := underlying(endpoint)
	properties.AddPropertyOverride(jsii.String("SecurityPolicy"), "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09")
	properties.AddPropertyOverride(jsii.String("EndpointAccessMode"), "STRICT")
}

package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// fixLogicalID keeps the logical id of a construct's resource at id, whatever
// the construct tree looks like: a new one would mean another resource, and
// the loss of the present one.
func fixLogicalID(construct constructs.Construct, id string) {
	underlying(construct).OverrideLogicalId(jsii.String(id))
}

// underlying is the one CloudFormation resource of a construct that has one.
func underlying(construct constructs.Construct) awscdk.CfnResource {
	resource, ok := construct.Node().DefaultChild().(awscdk.CfnResource)
	if !ok {
		panic(*construct.Node().Path() + " has no resource of its own")
	}
	return resource
}

package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// fixLogicalID keeps the logical id of a construct's resource at id, whatever
// the construct tree looks like: under a new id CloudFormation would make
// another resource and delete this one.
func fixLogicalID(construct constructs.Construct, id string) {
	underlying(construct).OverrideLogicalId(jsii.String(id))
}

// underlying is the CloudFormation resource of a construct. It panics if the
// construct has no such resource.
func underlying(construct constructs.Construct) awscdk.CfnResource {
	resource, ok := construct.Node().DefaultChild().(awscdk.CfnResource)
	if !ok {
		panic(*construct.Node().Path() + " has no default child that is a CloudFormation resource")
	}
	return resource
}

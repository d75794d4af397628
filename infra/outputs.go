package main

import (
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/jsii-runtime-go"

	"users-organizations/pkg/openapi"
)

// newOutputs makes the outputs that the commands of infra/README.md use.
func newOutputs(stack awscdk.Stack, settings Settings, api awsapigateway.RestApi, functions functionSet, s stores) {
	path := jsii.String(pathOf("registerUserOrganization"))
	url := api.UrlForPath(path)
	if settings.Domain != "" {
		url = jsii.String("https://" + settings.Domain + *path)
	}
	newOutput(stack, "Url", "The URL that registers a user in an organization.", url)
	newOutput(stack, "Region", "The region of the stack.", stack.Region())
	newOutput(stack, "TableName", "The table of the memberships.", s.memberships.TableName())
	newOutput(stack, "HistoryTableName", "The table of the memberships' history.", s.history.TableName())
	newOutput(stack, "DiscardedChangesBucket", "The bucket with the changes that could not be recorded.", s.discarded.BucketName())
	for _, f := range functions {
		newOutput(stack, f.id()+"Name", "The "+f.name+" function.", f.FunctionName())
	}
	newOutput(stack, "BearerKeysSecret", "The secret with the keys of bearer tokens.", s.bearerKeys.SecretArn())
	newOutput(stack, "SessionKeysSecret", "The secret with the keys of session tokens.", s.sessionKeys.SecretArn())
}

// pathOf is the path of the operation with that id. It panics if no operation has it.
func pathOf(id string) string {
	all := openapi.Operations()
	return all[slices.IndexFunc(all, func(o openapi.Operation) bool { return o.ID == id })].Path
}

func newOutput(stack awscdk.Stack, name, description string, value *string) {
	awscdk.NewCfnOutput(stack, jsii.String(name), &awscdk.CfnOutputProps{
		Description: jsii.String(description),
		Value:       value,
	})
}

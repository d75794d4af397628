package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// kind says how to list the resources of a CloudFormation type.
type kind func(context.Context, account) ([]string, error)

// kinds are all types of the templates. A type without a list is a part of
// another one, and goes with it.
var kinds = map[string]kind{
	"AWS::CloudFormation::Stack":       byQuery("cloudformation", "2010-05-15", "DescribeStacks", "StackName"),
	"AWS::DynamoDB::Table":             byJSON("dynamodb", "DynamoDB_20120810.ListTables", "TableNames", ""),
	"AWS::Events::Archive":             byJSON("events", "AWSEvents.ListArchives", "Archives", "ArchiveName"),
	"AWS::Events::EventBus":            byJSON("events", "AWSEvents.ListEventBuses", "EventBuses", "Name"),
	"AWS::IAM::Role":                   byQuery("iam", "2010-05-08", "ListRoles", "RoleName"),
	"AWS::Lambda::EventSourceMapping":  byREST("lambda", "/2015-03-31/event-source-mappings/", "EventSourceMappings", "UUID"),
	"AWS::Lambda::Function":            byREST("lambda", functionsPath+"/", "Functions", "FunctionName"),
	"AWS::Logs::LogGroup":              byJSON("logs", "Logs_20140328.DescribeLogGroups", "logGroups", "logGroupName"),
	"AWS::S3::Bucket":                  bucketNames,
	"AWS::SecretsManager::Secret":      byJSON("secretsmanager", "secretsmanager.ListSecrets", "SecretList", "Name"),
	"AWS::ApiGateway::RestApi":         byREST("apigateway", "/restapis", "item", "name"),
	"AWS::ApiGateway::Account":         nil,
	"AWS::ApiGateway::Authorizer":      nil,
	"AWS::ApiGateway::Deployment":      nil,
	"AWS::ApiGateway::GatewayResponse": nil,
	"AWS::ApiGateway::Method":          nil,
	"AWS::ApiGateway::Resource":        nil,
	"AWS::ApiGateway::Stage":           nil,
	"AWS::Lambda::Permission":          nil,
	"AWS::S3::BucketPolicy":            nil,
}

// checkKinds names a type that an inventory would miss.
func checkKinds(t template) error {
	for name := range t.types() {
		if _, known := kinds[name]; !known {
			return fmt.Errorf("the template has an %s: say in infra/deploytest/inventory.go how to list it", name)
		}
	}
	return nil
}

// inventory lists everything in the account, each by type and name.
func inventory(ctx context.Context, a account) ([]string, error) {
	var all []string
	for t, list := range kinds {
		if list == nil {
			continue
		}
		names, err := list(ctx, a)
		if err != nil {
			return nil, fmt.Errorf("listing each %s: %w", t, err)
		}
		for _, name := range names {
			all = append(all, t+" "+name)
		}
	}
	slices.Sort(all)
	return all, nil
}

// newSince returns what is in the account now and was not before, but for the stack that
// every API of the account uses.
func newSince(before, now []string) []string {
	return slices.DeleteFunc(slices.Clone(now), func(resource string) bool {
		_, name, _ := strings.Cut(resource, " ")
		return slices.Contains(before, resource) || strings.HasPrefix(name, logRoleStack)
	})
}

// listsAll makes sure that an inventory of what is new has each resource of the
// template that can be listed.
func listsAll(t template, made []string) error {
	for name, n := range t.types() {
		listed := 0
		for _, resource := range made {
			if strings.HasPrefix(resource, name+" ") {
				listed++
			}
		}
		if kinds[name] != nil && listed < n {
			return fmt.Errorf("the template has %d resources %s, and the account %d", n, name, listed)
		}
	}
	return nil
}

// byJSON lists with the JSON protocol: the field of each member of a list, or the
// members themselves.
func byJSON(service, target, list, field string) kind {
	return func(ctx context.Context, a account) ([]string, error) {
		var response map[string]json.RawMessage
		if err := a.action(ctx, service, target, struct{}{}, &response); err != nil {
			return nil, err
		}
		return fieldsOf(response[list], field)
	}
}

// byREST lists with the REST protocol.
func byREST(service, path, list, field string) kind {
	return func(ctx context.Context, a account) ([]string, error) {
		var response map[string]json.RawMessage
		if err := a.get(ctx, service, path, &response); err != nil {
			return nil, err
		}
		return fieldsOf(response[list], field)
	}
}

// byQuery lists with the query protocol: the texts of all elements of a name.
func byQuery(service, version, action, element string) kind {
	return func(ctx context.Context, a account) ([]string, error) {
		return a.query(ctx, service, url.Values{"Action": {action}, "Version": {version}}, element)
	}
}

func bucketNames(ctx context.Context, a account) ([]string, error) {
	text, err := a.send(ctx, "s3", http.MethodGet, "/", nil, nil)
	if err != nil {
		return nil, err
	}
	return textsOf(text, "Name")
}

func fieldsOf(list json.RawMessage, field string) ([]string, error) {
	if len(list) == 0 {
		return nil, nil
	}
	if field == "" {
		var names []string
		err := json.Unmarshal(list, &names)
		return names, err
	}
	var members []map[string]any
	if err := json.Unmarshal(list, &members); err != nil {
		return nil, err
	}
	var names []string
	for _, m := range members {
		names = append(names, fmt.Sprint(m[field]))
	}
	return names, nil
}

package main

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"users-organizations/pkg/openapi"
)

// rights are what each function may do beside writing its own log.
var rights = map[string][]string{
	"authorizer": {"secretsmanager:GetSecretValue on BearerKeys,SessionKeys"},
	"change":     {"dynamodb:GetItem,dynamodb:UpdateItem on MembershipsTable.Arn"},
	"read": {
		"dynamodb:BatchGetItem,dynamodb:GetItem,dynamodb:Query on MembershipsTable.Arn",
		"dynamodb:Query on MembershipsTable.Arn/index/by-organization",
	},
	"register": {"dynamodb:PutItem on MembershipsTable.Arn"},
}

// Everything that anybody may do by these stacks, one line each. Nothing else
// is allowed: what a change adds has to be written down here.
func TestNobodyMayDoAnythingElse(t *testing.T) {
	t.Parallel()
	gateway := []string{
		"Role: Allow apigateway.amazonaws.com sts:AssumeRole",
		"Role: managed arn:AWS::Partition:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs",
	}
	alarms := []string{
		"AlarmsPolicy: Allow cloudwatch.amazonaws.com sns:Publish on Alarms" +
			" if map[StringEquals:map[aws:SourceAccount:ACCOUNT]]",
		"AlarmsPolicy: Deny * sns:Publish on Alarms if map[Bool:map[aws:SecureTransport:false]]",
	}
	for _, environment := range checked {
		t.Run(environment, func(t *testing.T) {
			t.Parallel()
			stacks := assemblyOf(t, environment)
			settings := stacks.settings
			want := calls(settings)
			for _, f := range functions {
				role := f.id() + "Role: Allow "
				want = append(want, role+"lambda.amazonaws.com sts:AssumeRole",
					role+"logs:CreateLogStream,logs:PutLogEvents on "+f.id()+"Log.Arn")
				for _, line := range rights[f.name] {
					want = append(want, role+line)
				}
				if settings.Canary {
					release := f.title() + "ReleaseServiceRole: "
					want = append(want, release+"Allow codedeploy.amazonaws.com sts:AssumeRole",
						release+"managed arn:AWS::Partition:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited")
				}
			}
			if settings.GatewayLogRole {
				want = append(want, gateway...)
			}
			if settings.AlarmEmail != "" {
				want = append(want, alarms...)
			}
			got := slices.Concat(permissions(stacks.service), permissions(stacks.gateway))
			place := strings.NewReplacer("map[Ref:AWS::AccountId]", "ACCOUNT",
				cmp.Or(settings.Account, "AWS::AccountId"), "ACCOUNT", settings.Region, "REGION")
			for i, line := range got {
				got[i] = place.Replace(line)
			}
			for _, line := range got {
				if !slices.Contains(want, line) {
					t.Errorf("not asked for: %s", line)
				}
			}
			for _, line := range want {
				if !slices.Contains(got, line) {
					t.Errorf("missing: %s", line)
				}
			}
			if len(got) != len(want) {
				t.Errorf("got %d permissions, want %d", len(got), len(want))
			}
		})
	}
}

// calls lets API Gateway call the authorizer, and the function of each
// operation from its route alone.
func calls(settings Settings) []string {
	const api = ": apigateway.amazonaws.com lambda:InvokeFunction from arn:aws:execute-api:REGION:ACCOUNT:Api/"
	all := []string{liveID(settings, authorizer) + api + "authorizers/Tokens"}
	for _, o := range openapi.Operations() {
		path := parameter.ReplaceAllString(o.Path, "*")
		all = append(all, liveID(settings, o.Function)+api+"ApiDeploymentStagemain/"+o.Method+path)
	}
	return all
}

// parameter is a variable segment of a path.
var parameter = regexp.MustCompile(`\{[^}]*\}`)

// permissions are all statements of all policies, wherever in a resource they
// stand, and all other ways to let somebody do something.
func permissions(of template) []string {
	var lines []string
	for id, resource := range of.Resources {
		if resource.Type == "AWS::Lambda::Permission" {
			p := resource.Properties
			line := fmt.Sprintf("%s: %s %s from %s", text(p["FunctionName"]),
				text(p["Principal"]), text(p["Action"]), text(p["SourceArn"]))
			lines = append(lines, line)
			continue
		}
		walk(resource.Properties, func(key string, value any) {
			if key == "ManagedPolicyArns" {
				lines = append(lines, name(id)+": managed "+text(value))
			}
			if statement := object(value); statement["Effect"] != nil {
				lines = append(lines, name(id)+": "+statementText(statement))
			}
		})
	}
	return lines
}

// statementText has every part of a statement in it, also those that none has
// at present (NotAction and the like).
func statementText(statement map[string]any) string {
	parts := []string{text(statement["Effect"])}
	rest := maps.Clone(statement)
	if principal := object(statement["Principal"]); len(principal) == 1 && principal["Service"] != nil {
		parts = append(parts, text(principal["Service"]))
	} else if principal := statement["Principal"]; principal != nil {
		parts = append(parts, text(principal))
	}
	parts = append(parts, text(statement["Action"]))
	if on := statement["Resource"]; on != nil {
		parts = append(parts, "on", text(on))
	}
	if condition := statement["Condition"]; condition != nil {
		parts = append(parts, "if", fmt.Sprint(condition))
	}
	for _, known := range []string{"Effect", "Principal", "Action", "Resource", "Condition", "Sid"} {
		delete(rest, known)
	}
	if len(rest) > 0 {
		parts = append(parts, "and", fmt.Sprint(rest))
	}
	return strings.Join(parts, " ")
}

// walk calls visit with every value in tree and the name that it stands under.
func walk(tree any, visit func(key string, value any)) {
	switch tree := tree.(type) {
	case map[string]any:
		for key, value := range tree {
			visit(key, value)
			walk(value, visit)
		}
	case []any:
		for _, value := range tree {
			visit("", value)
			walk(value, visit)
		}
	}
}

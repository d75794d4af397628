package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"users-organizations/pkg/openapi"
)

// rights are the rights of each function, except for writing its own log.
var rights = map[string][]string{
	"authorizer": {"secretsmanager:GetSecretValue on BearerKeys,SessionKeys"},
	"change":     {"dynamodb:GetItem,dynamodb:UpdateItem on MembershipsTable.Arn"},
	"read": {
		"dynamodb:BatchGetItem,dynamodb:GetItem,dynamodb:Query on MembershipsTable.Arn",
		"dynamodb:Query on HistoryTable.Arn,MembershipsTable.Arn/index/by-organization",
	},
	"record": {
		"dynamodb:PutItem,dynamodb:Query on HistoryTable.Arn",
		"events:PutEvents on EventBus.Arn",
		"dynamodb:DescribeStream,dynamodb:GetRecords,dynamodb:GetShardIterator,dynamodb:ListStreams on MembershipsTable.StreamArn",
		"s3:ListBucket on DiscardedChanges.Arn" + inThisAccount,
		"s3:PutObject on DiscardedChanges.Arn/aws/lambda/*" + inThisAccount,
	},
	"register": {"dynamodb:PutItem on MembershipsTable.Arn"},
}

const inThisAccount = " if map[StringEquals:map[s3:ResourceAccount:ACCOUNT]]"

// want lists every permission of these stacks, one line each. A change that adds
// one has to add its line here.
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
	key := []string{
		"Key: Allow map[AWS:arn:aws:iam::ACCOUNT:root] kms:* on *",
		"Key: Allow map[AWS:*] kms:CreateGrant,kms:Decrypt,kms:DescribeKey,kms:Encrypt,kms:GenerateDataKey*,kms:ReEncrypt* on *" +
			" if map[StringEquals:map[kms:CallerAccount:ACCOUNT kms:ViaService:[backup.REGION.amazonaws.com" +
			" dynamodb.REGION.amazonaws.com secretsmanager.REGION.amazonaws.com]]]",
	}
	for _, environment := range checked {
		t.Run(environment, func(t *testing.T) {
			t.Parallel()
			stacks := assemblyOf(t, environment)
			settings := stacks.settings
			want := append(calls(settings), "DiscardedChangesPolicy: Deny map[AWS:*] s3:* on "+
				"DiscardedChanges.Arn,DiscardedChanges.Arn/* if map[Bool:map[aws:SecureTransport:false]]")
			for _, f := range functions {
				role := f.id() + "Role: Allow "
				want = append(want, role+"lambda.amazonaws.com sts:AssumeRole",
					role+"logs:CreateLogStream,logs:PutLogEvents on "+f.id()+"Log.Arn")
				for _, line := range rights[f.name] {
					want = append(want, role+line)
				}
				if settings.traces(f) {
					want = append(want, role+"xray:PutTelemetryRecords,xray:PutTraceSegments on *")
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
			if settings.BackupDays > 0 {
				want = append(want, "BackupPlanTablesRole: Allow backup.amazonaws.com sts:AssumeRole",
					"BackupPlanTablesRole: managed arn:AWS::Partition:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup")
			}
			if settings.CustomerManagedKey {
				want = append(want, key...)
			}
			got := slices.Concat(permissions(stacks.service), permissions(stacks.gateway))
			place := strings.NewReplacer("map[Ref:AWS::AccountId]", "ACCOUNT",
				cmp.Or(settings.Account, "AWS::AccountId"), "ACCOUNT", settings.Region, "REGION")
			for i, line := range got {
				got[i] = place.Replace(line)
			}
			for _, line := range got {
				if !slices.Contains(want, line) {
					t.Errorf("not in the list: %s", line)
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

// No entry of the history is ever changed or deleted. record puts each entry on
// the condition that it is absent; a right can't express that condition.
func TestNobodyRewritesTheHistory(t *testing.T) {
	t.Parallel()
	for _, environment := range checked {
		service := assemblyOf(t, environment).service
		if got := writersOf(service, "HistoryTable"); !slices.Equal(got, []string{"RecordFunctionRole dynamodb:PutItem"}) {
			t.Errorf("%s: the history is written by %v", environment, got)
		}
		if got := writersOf(service, "MembershipsTable"); !slices.Equal(got, []string{
			"ChangeFunctionRole dynamodb:UpdateItem", "RegisterFunctionRole dynamodb:PutItem",
		}) {
			t.Errorf("%s: the memberships are written by %v", environment, got)
		}
	}
}

func TestWritersOfFindsEveryFormOfAllow(t *testing.T) {
	t.Parallel()
	for statement, want := range map[string]string{
		`{"Effect":"Allow","Action":"dynamodb:DeleteItem","Resource":{"Fn::GetAtt":["Table","Arn"]}}`:                              "dynamodb:DeleteItem",
		`{"Effect":"Allow","Action":["dynamodb:Query","dynamodb:BatchWriteItem"],"Resource":[{"Fn::GetAtt":["Table","Arn"]},"x"]}`: "dynamodb:BatchWriteItem",
		`{"Effect":"Allow","Action":"dynamodb:PartiQLUpdate","Resource":"*"}`:                                                      "dynamodb:PartiQLUpdate",
		`{"Effect":"Allow","Action":"dynamodb:*","Resource":"arn:aws:dynamodb:eu-west-3:1:table/*"}`:                               "dynamodb:*",
		`{"Effect":"Allow","Action":"*","Resource":"*"}`:                                                                           "*",
		`{"Effect":"Allow","NotAction":"dynamodb:Scan","Resource":"*"}`:                                                            "all but dynamodb:Scan",
		`{"Effect":"Allow","Action":"dynamodb:UpdateItem","NotResource":"x"}`:                                                      "dynamodb:UpdateItem",
		`{"Effect":"Deny","Action":"dynamodb:DeleteItem","Resource":"*"}`:                                                          "",
		`{"Effect":"Allow","Action":"dynamodb:DeleteItem","Resource":{"Fn::GetAtt":["Other","Arn"]}}`:                              "",
		`{"Effect":"Allow","Action":["dynamodb:GetItem","dynamodb:Query"],"Resource":"*"}`:                                         "",
	} {
		var properties map[string]any
		if err := json.Unmarshal([]byte(`{"PolicyDocument":{"Statement":[`+statement+`]}}`), &properties); err != nil {
			t.Fatal(err)
		}
		got := writersOf(template{Resources: map[string]resource{"Role": {Properties: properties}}}, "Table")
		if strings.Join(got, ",") != strings.TrimSuffix("Role "+want, "Role ") {
			t.Errorf("%s: got %v, want %s", statement, got, want)
		}
	}
}

// readOnly matches the actions that can't write into a table.
var readOnly = regexp.MustCompile(`^(dynamodb:(BatchGetItem|DescribeStream|GetItem|GetRecords|GetShardIterator|ListStreams|Query|Scan)|` +
	`(events|kms|lambda|logs|s3|secretsmanager|sns|sts|xray):[A-Za-z*]+)$`)

// writersOf are the roles that may write into a table, each with the action that
// allows it, sorted.
func writersOf(service template, table string) []string {
	var writers []string
	for id, resource := range service.Resources {
		walk(resource.Properties, func(_ string, value any) {
			statement := object(value)
			on := text(statement["Resource"])
			reached := statement["NotResource"] != nil || strings.Contains(on, table+".Arn") || strings.Contains(on, "*")
			if statement["Effect"] != "Allow" || !reached {
				return
			}
			for action := range strings.SplitSeq(text(statement["Action"]), ",") {
				if action != "" && !readOnly.MatchString(action) {
					writers = append(writers, name(id)+" "+action)
				}
			}
			if but := statement["NotAction"]; but != nil {
				writers = append(writers, name(id)+" all but "+text(but))
			}
		})
	}
	slices.Sort(writers)
	return writers
}

// calls are the permissions of API Gateway: to call the authorizer, and the
// function of each operation from its own route only.
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

// permissions are all statements of all policies, anywhere in a resource, and
// all managed policies and Lambda permissions.
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

// statementText contains every part of a statement, including those that no
// statement uses yet, such as NotAction.
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

// walk calls visit with every value in tree and its key.
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

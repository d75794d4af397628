package template

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// file is the template of this project.
const file = "../../../template.yaml"

func TestTheProjectsTemplate(t *testing.T) {
	t.Parallel()
	got, err := Read(file, LocalNames)
	if err != nil {
		t.Fatal(err)
	}

	register := got.Functions["RegisterFunction"]
	if register.Folder != "dist/register/" || register.Timeout != 5*time.Second || register.MemorySize < 128 {
		t.Errorf("RegisterFunction is %+v", register)
	}
	if table := register.Environment["TABLE_NAME"]; table != "memberships" {
		t.Errorf("TABLE_NAME is %q, want the local name of the table", table)
	}
	authorizer := got.Functions["AuthorizerFunction"]
	if authorizer.Folder != "dist/authorizer/" || authorizer.Timeout != 3*time.Second || authorizer.LogFormat != "JSON" {
		t.Errorf("AuthorizerFunction is %+v", authorizer)
	}
	for _, name := range []string{"AUTH_KEYS", "AWS_ENDPOINT_URL_SECRETS_MANAGER"} {
		if value, ok := authorizer.Environment[name]; !ok || value != "" {
			t.Errorf("%s is %q (declared: %v), want it declared and empty", name, value, ok)
		}
	}

	// A test of infra/ compares the functions of the routes with openapi.yaml.
	isRegister := func(r Route) bool {
		return r.Method == http.MethodPost && r.Function == "RegisterFunction" && r.Path != ""
	}
	if got.API.Stage != "main" || !slices.ContainsFunc(got.API.Routes, isRegister) {
		t.Errorf("the API has the stage %q and the routes %v", got.API.Stage, got.API.Routes)
	}
	if err := got.API.Complete(); err != nil {
		t.Fatal(err)
	}
	without := API{Routes: got.API.Routes[1:]}
	if err := without.Complete(); err == nil || strings.Count(err.Error(), "template.yaml has no route for ") != 1 {
		t.Errorf("without its first route, the API lacks %v", err)
	}
	a := got.API.Authorizer
	if a.Function != "AuthorizerFunction" || a.TTL != time.Minute ||
		!slices.Equal(a.Headers, []string{"Authorization", "x-session-token"}) {
		t.Errorf("the authorizer is %+v", a)
	}
	record := Stream{Function: "RecordFunction", Table: "MembershipsTable", View: "NEW_AND_OLD_IMAGES", BatchSize: 100, Bisect: true, ReportFailures: true}
	if !slices.Equal(got.Streams, []Stream{record}) {
		t.Errorf("the streams are %+v, want %+v", got.Streams, record)
	}
	if table := got.Functions["RecordFunction"].Environment["HISTORY_TABLE_NAME"]; table != "memberships-history" {
		t.Errorf("HISTORY_TABLE_NAME is %q, want the local name of the table", table)
	}
	tables, err := json.Marshal(got.Tables)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"TableName":"memberships"`,
		`"BillingMode":"PAY_PER_REQUEST"`,
		`"AttributeDefinitions":[{"AttributeName":"userId","AttributeType":"N"},{"AttributeName":"organizationId","AttributeType":"N"}]`,
		`"KeySchema":[{"AttributeName":"userId","KeyType":"HASH"},{"AttributeName":"organizationId","KeyType":"RANGE"}]`,
		`"IndexName":"by-organization",` +
			`"KeySchema":[{"AttributeName":"organizationId","KeyType":"HASH"},{"AttributeName":"userId","KeyType":"RANGE"}],` +
			`"Projection":{"NonKeyAttributes":["deletedAt","scope"],"ProjectionType":"INCLUDE"}`,
		`"TableName":"memberships-history"`,
		`"AttributeDefinitions":[{"AttributeName":"pair","AttributeType":"S"},{"AttributeName":"sequence","AttributeType":"N"}]`,
		`"KeySchema":[{"AttributeName":"pair","KeyType":"HASH"},{"AttributeName":"sequence","KeyType":"RANGE"}]`,
	} {
		if !strings.Contains(string(tables), want) {
			t.Errorf("the tables have no %s: %s", want, tables)
		}
	}
}

func TestReferences(t *testing.T) {
	t.Parallel()
	r := declarations{
		Parameters: map[string]struct{ Default string }{"Size": {Default: "256"}},
		Resources:  map[string]struct{ Type string }{"Table": {}, "Api": {}},
	}.resolver(Names{"Table": "memberships"})

	for text, want := range map[string]string{
		"${Table}":            "memberships",
		"a-${Size}-${!Size}":  "a-256-${Size}",
		"${AWS::Region}":      "eu-west-3",
		"${Api} ${Table.Arn}": "Api arn:aws:lambda:eu-west-3:000000000000:function:Table",
	} {
		got, err := r.substitute(text)
		if err != nil || got != want {
			t.Errorf("%s became %q (%v), want %q", text, got, err, want)
		}
	}
}

func TestWhatCannotBeReadIsNamedWithItsLine(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"A: !If [x, y, z]":                "line 1: !If",
		"A:\n  B: !Ref Nobody":            "line 2: !Ref Nobody",
		"A: !Sub 'a-${Nobody}'":           "Nobody",
		"A: !GetAtt Nobody.Arn":           "Nobody.Arn",
		"A:\n  Fn::Join: ['', [a]]":       "short form",
		"Resources: {}":                   "an API",
		"A: [":                            "yaml",
		"Resources: {T: {Type: 1, A: []}": "yaml",
	} {
		_, err := parse([]byte(text), nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: the error is %v, want one with %q", text, err, want)
		}
	}
}

func TestStreams(t *testing.T) {
	t.Parallel()
	const text = `
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: main
      Auth:
        DefaultAuthorizer: A
        Authorizers: {A: {FunctionArn: !GetAtt F.Arn, FunctionPayloadType: REQUEST, Identity: {Headers: [a]}}}
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      KeySchema: [{AttributeName: a, KeyType: HASH}]
      StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}
  F:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        Read: {Type: Api, Properties: {Method: GET, Path: /a}}
        Record: {Type: %s, Properties: {Stream: !GetAtt %s, StartingPosition: TRIM_HORIZON%s}}`
	for name, c := range map[string]struct {
		kind, source, more string
		want               Stream
		wrong              string
	}{
		"Lambda's defaults": {"DynamoDB", "Table.StreamArn", "", Stream{"F", "Table", "NEW_AND_OLD_IMAGES", 100, false, false}, ""},
		"everything": {
			"DynamoDB", "Table.StreamArn",
			", BatchSize: 7, BisectBatchOnFunctionError: true, FunctionResponseTypes: [ReportBatchItemFailures]",
			Stream{"F", "Table", "NEW_AND_OLD_IMAGES", 7, true, true}, "",
		},
		"no stream":         {"DynamoDB", "Table.Arn", "", Stream{}, "F: the event Record: the Stream must be"},
		"from now on":       {"DynamoDB", "Table.StreamArn, StartingPosition: LATEST", "", Stream{}, "already"},
		"too large a batch": {"DynamoDB", "Table.StreamArn", ", BatchSize: 1001", Stream{}, "the BatchSize 1 to 1000"},
		"a queue":           {"SQS", "Table.StreamArn", "", Stream{}, "F: the event Record: the type is SQS"},
		"no table":          {"DynamoDB", "F.StreamArn", "", Stream{}, "F reads the stream of F, which has none"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := parse(fmt.Appendf(nil, text, c.kind, c.source, c.more), Names{"Table": "local"})
			if c.wrong != "" {
				if err == nil || !strings.Contains(err.Error(), c.wrong) {
					t.Errorf("the error is %v, want one with %q", err, c.wrong)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got.Streams, []Stream{c.want}) {
				t.Errorf("the streams are %+v, want %+v", got.Streams, c.want)
			}
			if s := got.Tables["Table"].StreamSpecification; s == nil || !*s.StreamEnabled || s.StreamViewType != "NEW_AND_OLD_IMAGES" {
				t.Errorf("the table's stream is %+v", s)
			}
		})
	}
}

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"go.yaml.in/yaml/v3"

	local "users-organizations/infra/local/template"
)

const templateFile = "../template.yaml"

// The local system runs what is deployed: template.yaml and the stack of each
// environment state the same facts. Of a setting template.yaml has dev's value.
func TestTemplateYAMLAndTheStackAgree(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(templateFile)
	if err != nil {
		t.Fatal(err)
	}
	for _, environment := range checked {
		t.Run(environment, func(t *testing.T) {
			t.Parallel()
			declared, deployed := factsOfTemplateYAML(t, text), factsOfStack(t, assemblyOf(t, environment).service)
			if environment != "dev" {
				maps.DeleteFunc(declared, func(name, _ string) bool {
					return name == "authorizer TTL" || strings.HasSuffix(name, " memory")
				})
			}
			for _, difference := range differences(declared, deployed) {
				t.Error(difference)
			}
		})
	}
}

func TestADriftIsNamed(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(templateFile)
	if err != nil {
		t.Fatal(err)
	}
	stack := factsOfStack(t, assemblyOf(t, "dev").service)
	for _, test := range []struct{ change, to, want string }{
		{"StageName: main", "StageName: v1", "stage: template.yaml has v1, the stack main"},
		{"ReauthorizeEvery: 60", "ReauthorizeEvery: 61", "authorizer TTL: template.yaml has 61, the stack 60"},
		{"- x-session-token", "- x-token", "authorizer sources: template.yaml has Authorization,x-token"},
		{"Runtime: provided.al2023", "Runtime: provided.al2", "RegisterFunction runtime: template.yaml has provided.al2,"},
		{"Default: arm64", "Default: x86_64", "AuthorizerFunction architecture: template.yaml has x86_64, the stack arm64"},
		{"MemorySize: 256", "MemorySize: 257", "RegisterFunction memory: template.yaml has 257, the stack 256"},
		{"Timeout: 3", "Timeout: 30", "AuthorizerFunction time-out: template.yaml has 30, the stack 3"},
		{"TABLE_NAME:", "TABLE:", "RegisterFunction variables: template.yaml has AUTH_SCOPE_PREFIX,CORS_ALLOWED_ORIGIN,GODEBUG,TABLE,"},
		{"schedtrace=", "schedtrace=1", "RegisterFunction GODEBUG: template.yaml has schedtrace=12147483647, the stack schedtrace=2147483647"},
		{"AttributeName: organizationId", "AttributeName: orgId", "MembershipsTable keys: template.yaml has userId N,orgId N, the stack userId N,"},
		{"NonKeyAttributes: [deletedAt, scope]", "NonKeyAttributes: [deletedAt]", "MembershipsTable indexes: template.yaml has "},
		{"StreamViewType: NEW_AND_OLD_IMAGES", "StreamViewType: NEW_IMAGE", "MembershipsTable stream: template.yaml has NEW_IMAGE, the stack NEW_AND"},
		{"AttributeName: sequence", "AttributeName: number", "HistoryTable keys: template.yaml has pair S,number N, the stack pair S,"},
		{"BatchSize: 100", "BatchSize: 10", "RecordFunction mapping: template.yaml has BatchSize: 10, "},
		{"            MaximumRetryAttempts: -1\n", "", "RecordFunction mapping: template.yaml has BatchSize: 100, "},
	} {
		if !strings.Contains(string(text), test.change) {
			t.Errorf("template.yaml has no %q to change", test.change)
			continue
		}
		changed := strings.ReplaceAll(string(text), test.change, test.to)
		found := differences(factsOfTemplateYAML(t, []byte(changed)), stack)
		if !slices.ContainsFunc(found, func(difference string) bool { return strings.HasPrefix(difference, test.want) }) {
			t.Errorf("%s: got %v, want %s", test.to, found, test.want)
		}
	}
}

// differences ignores facts that only one side states: TestNothingIsForgotten
// finds a missing function or route.
func differences(declared, deployed map[string]string) []string {
	var found []string
	for _, name := range slices.Sorted(maps.Keys(declared)) {
		if have, ok := deployed[name]; ok && have != declared[name] {
			found = append(found, fmt.Sprintf("%s: template.yaml has %s, the stack %s", name, declared[name], have))
		}
	}
	return found
}

func readTemplate(t *testing.T, text []byte) local.Template {
	t.Helper()
	file := filepath.Join(t.TempDir(), "template.yaml")
	if err := os.WriteFile(file, text, 0o600); err != nil { //nolint:gosec // A file in a directory of the test.
		t.Fatal(err)
	}
	declared, err := local.Read(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	return declared
}

func factsOfTemplateYAML(t *testing.T, text []byte) map[string]string {
	t.Helper()
	declared := readTemplate(t, text)
	facts := map[string]string{
		"stage":               declared.API.Stage,
		"authorizer type":     "REQUEST", // local.Read refuses any other.
		"authorizer function": declared.API.Authorizer.Function,
		"authorizer sources":  strings.Join(declared.API.Authorizer.Headers, ","),
		"authorizer TTL":      fmt.Sprint(declared.API.Authorizer.TTL.Seconds()),
	}
	for id, table := range declared.Tables {
		kinds := map[string]string{}
		for _, attribute := range table.AttributeDefinitions {
			kinds[*attribute.AttributeName] = string(attribute.AttributeType)
		}
		var keys []string
		for _, key := range table.KeySchema {
			keys = append(keys, *key.AttributeName+" "+kinds[*key.AttributeName])
		}
		facts[id+" keys"] = strings.Join(keys, ",")
		facts[id+" indexes"] = indexes(t, table.GlobalSecondaryIndexes)
		facts[id+" stream"] = ""
		if table.StreamSpecification != nil {
			facts[id+" stream"] = string(table.StreamSpecification.StreamViewType)
		}
	}

	platforms := platformsOf(t, text)
	for id, function := range declared.Functions {
		// Variables that only a local run can use.
		maps.DeleteFunc(function.Environment, func(name, _ string) bool {
			return strings.HasPrefix(name, "AWS_ENDPOINT_URL_") || name == "AUTH_KEYS"
		})
		facts[id+" memory"] = strconv.Itoa(function.MemorySize)
		facts[id+" time-out"] = fmt.Sprint(function.Timeout.Seconds())
		facts[id+" variables"] = strings.Join(slices.Sorted(maps.Keys(function.Environment)), ",")
		facts[id+" GODEBUG"] = function.Environment["GODEBUG"]
		facts[id+" runtime"] = platforms[id].Runtime
		facts[id+" architecture"] = strings.Join(platforms[id].Architectures, ",")
		for _, event := range platforms[id].Events {
			if event.Type == "DynamoDB" {
				facts[id+" mapping"] = properties(event.Properties)
			}
		}
	}
	return facts
}

// platform has the properties that the local system does not read.
type platform struct {
	Runtime       string   `yaml:"Runtime"`
	Architectures []string `yaml:"Architectures"`
	Events        map[string]struct {
		Type       string         `yaml:"Type"`
		Properties map[string]any `yaml:"Properties"`
	} `yaml:"Events"`
}

// platformsOf are the functions' platforms by logical id, with parameters
// replaced by their defaults.
func platformsOf(t *testing.T, text []byte) map[string]platform {
	t.Helper()
	var declared struct {
		Parameters map[string]struct {
			Default string `yaml:"Default"`
		} `yaml:"Parameters"`
		Globals struct {
			Function platform `yaml:"Function"`
		} `yaml:"Globals"`
		Resources map[string]struct {
			Type       string    `yaml:"Type"`
			Properties yaml.Node `yaml:"Properties"`
		} `yaml:"Resources"`
	}
	if err := yaml.Unmarshal(text, &declared); err != nil {
		t.Fatal(err)
	}
	platforms := map[string]platform{}
	for id, resource := range declared.Resources {
		if resource.Type != "AWS::Serverless::Function" {
			continue
		}
		own := declared.Globals.Function
		if err := resource.Properties.Decode(&own); err != nil {
			t.Fatal(err)
		}
		own.Architectures = slices.Clone(own.Architectures)
		for i, architecture := range own.Architectures {
			if parameter, ok := declared.Parameters[architecture]; ok {
				own.Architectures[i] = parameter.Default
			}
		}
		platforms[id] = own
	}
	return platforms
}

func factsOfStack(t *testing.T, service template) map[string]string {
	t.Helper()
	authorizer := service.one(t, "AWS::ApiGateway::Authorizer").Properties
	facts := map[string]string{
		"stage":               text(service.one(t, "AWS::ApiGateway::Stage").Properties["StageName"]),
		"authorizer type":     text(authorizer["Type"]),
		"authorizer function": calledBy(text(authorizer["AuthorizerUri"])),
		"authorizer sources":  strings.ReplaceAll(text(authorizer["IdentitySource"]), "method.request.header.", ""),
		"authorizer TTL":      text(authorizer["AuthorizerResultTtlInSeconds"]),
	}
	for id, table := range service.ofType("AWS::DynamoDB::Table") {
		p := table.Properties
		kinds := map[string]string{}
		for _, attribute := range list(p["AttributeDefinitions"]) {
			attribute := object(attribute)
			kinds[text(attribute["AttributeName"])] = text(attribute["AttributeType"])
		}
		var keys []string
		for _, key := range list(p["KeySchema"]) {
			name := text(object(key)["AttributeName"])
			keys = append(keys, name+" "+kinds[name])
		}
		facts[id+" keys"] = strings.Join(keys, ",")
		facts[id+" indexes"] = indexes(t, p["GlobalSecondaryIndexes"])
		facts[id+" stream"] = text(object(p["StreamSpecification"])["StreamViewType"])
	}
	for _, mapping := range service.ofType("AWS::Lambda::EventSourceMapping") {
		p := maps.Clone(mapping.Properties)
		p["Stream"] = text(p["EventSourceArn"])
		// A local run has none of these.
		for _, name := range []string{"EventSourceArn", "FunctionName", "DestinationConfig", "MetricsConfig"} {
			delete(p, name)
		}
		facts[functionOf(mapping)+" mapping"] = properties(p)
	}

	for id, function := range service.ofType("AWS::Lambda::Function") {
		p := function.Properties
		facts[id+" memory"] = text(p["MemorySize"])
		facts[id+" time-out"] = text(p["Timeout"])
		facts[id+" variables"] = strings.Join(slices.Sorted(maps.Keys(function.variables())), ",")
		facts[id+" GODEBUG"] = fmt.Sprint(function.variables()["GODEBUG"])
		facts[id+" runtime"] = text(p["Runtime"])
		facts[id+" architecture"] = text(p["Architectures"])
	}
	return facts
}

// indexes writes a table's GlobalSecondaryIndexes in one form, whether they come
// from CloudFormation or from a CreateTable call.
func indexes(t *testing.T, from any) string {
	t.Helper()
	text, err := json.Marshal(from)
	var list []types.GlobalSecondaryIndex
	if err := errors.Join(err, json.Unmarshal(text, &list)); err != nil {
		t.Fatal(err)
	}
	text, err = json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// properties writes those of an event source mapping, sorted by name.
func properties(of map[string]any) string {
	var parts []string
	for name, value := range of {
		parts = append(parts, name+": "+text(value))
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}

// functionOf is the function that a mapping invokes, directly or by its alias.
func functionOf(mapping resource) string {
	return functionID(text(mapping.Properties["FunctionName"]))
}

// calledBy is the function in the URI of an integration or an authorizer, which
// names the function or its alias.
func calledBy(uri string) string {
	_, function, _ := strings.Cut(uri, "/functions/")
	function, _, _ = strings.Cut(function, "/")
	return functionID(function)
}

// functionID is the logical id of a function, from a reference to it or to its
// alias.
func functionID(reference string) string {
	return strings.TrimSuffix(strings.TrimSuffix(reference, ".Arn"), "Live")
}

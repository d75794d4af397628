// Package template reads template.yaml for the local system: the functions, the
// API with its routes and authorizer, the tables and their streams.
package template

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"go.yaml.in/yaml/v3"

	"users-organizations/pkg/openapi"
)

// Template is the service as template.yaml declares it.
type Template struct {
	// Functions are the Lambda functions by logical id.
	Functions map[string]Function
	API       API
	// Tables are the calls that create the DynamoDB tables under their local names,
	// by logical id.
	Tables map[string]*dynamodb.CreateTableInput
	// Streams are the event source mappings, in the order of their functions.
	Streams []Stream
}

// Function is one AWS::Serverless::Function with the Globals applied.
type Function struct {
	// Folder is where its bootstrap file lies, such as "dist/register/".
	Folder string
	// MemorySize is in megabytes.
	MemorySize int
	Timeout    time.Duration
	// LogFormat and LogLevel are those of its LoggingConfig; empty where it has none.
	LogFormat, LogLevel string
	// Environment has its variables, with local names for references to resources.
	Environment map[string]string
}

// API is the AWS::Serverless::Api.
type API struct {
	Stage      string
	Routes     []Route
	Authorizer Authorizer
}

// Complete returns an error that names the operations of openapi.yaml without a
// route, or nil.
func (a API) Complete() error {
	var missing []error
	for _, o := range openapi.Operations() {
		leads := func(r Route) bool { return r.Method == o.Method && r.Path == o.Path }
		if !slices.ContainsFunc(a.Routes, leads) {
			missing = append(missing, fmt.Errorf("template.yaml has no route for %s: add %s %s to the events of the function %s", o.ID, o.Method, o.Path, o.Function))
		}
	}
	return errors.Join(missing...)
}

// Route sends one method and path to a function.
type Route struct {
	Method string `yaml:"Method"`
	// Path has its parameters in braces: /users/{userId}.
	Path string `yaml:"Path"`
	// Function is a logical id.
	Function string `yaml:"-"`
}

// Authorizer is the REQUEST authorizer of every route.
type Authorizer struct {
	// Function is a logical id.
	Function string
	// Headers are the identity sources: a request needs each of them.
	Headers []string
	// TTL is how long a policy is cached; 0 means not at all.
	TTL time.Duration
}

// Stream hands the changes of a table to a function: an event of the type
// DynamoDB. It begins with the oldest change that the stream has (TRIM_HORIZON).
type Stream struct {
	// Function and Table are logical ids.
	Function, Table string
	// View is the table's StreamViewType: the images that a change has.
	View types.StreamViewType
	// BatchSize is how many changes the function gets at once at most, 1 to 1,000.
	BatchSize int32
	// Bisect: a failed batch comes again in two halves.
	Bisect bool
	// ReportFailures: the function names the records that failed.
	ReportFailures bool
}

// Names has the local names of resources, the values of Ref, by logical id.
type Names map[string]string

// LocalNames are the names of the local system's tables.
var LocalNames = Names{"MembershipsTable": "memberships", "HistoryTable": "memberships-history"}

// Read reads the template in file. What it can't read is an error that names the
// place.
func Read(file string, names Names) (Template, error) {
	text, err := os.ReadFile(file) //nolint:gosec // The caller names the project's own template.
	if err != nil {
		return Template{}, fmt.Errorf("reading the template: %w", err)
	}
	t, err := parse(text, names)
	if err != nil {
		return Template{}, fmt.Errorf("%s: %w", file, err)
	}
	return t, nil
}

func parse(text []byte, names Names) (Template, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		return Template{}, err
	}
	var d document
	if err := root.Decode(&d.declarations); err != nil {
		return Template{}, err
	}
	if err := d.resolver(names).resolve(&root); err != nil {
		return Template{}, err
	}
	if err := root.Decode(&d); err != nil {
		return Template{}, err
	}
	return d.template(names)
}

// declarations are the parts of a template that references name.
type declarations struct {
	Parameters map[string]struct{ Default string } `yaml:"Parameters"`
	Resources  map[string]struct{ Type string }    `yaml:"Resources"`
}

// document is the form of a template whose references are resolved.
type document struct {
	declarations `yaml:"-"`
	Globals      struct {
		Function functionProperties `yaml:"Function"`
	} `yaml:"Globals"`
	Resources map[string]struct {
		Type       string    `yaml:"Type"`
		Properties yaml.Node `yaml:"Properties"`
	} `yaml:"Resources"`
}

type functionProperties struct {
	CodeURI       string `yaml:"CodeUri"`
	MemorySize    int    `yaml:"MemorySize"`
	Timeout       int    `yaml:"Timeout"`
	LoggingConfig struct {
		LogFormat           string `yaml:"LogFormat"`
		ApplicationLogLevel string `yaml:"ApplicationLogLevel"`
	} `yaml:"LoggingConfig"`
	Environment struct {
		Variables map[string]string `yaml:"Variables"`
	} `yaml:"Environment"`
	Events map[string]struct {
		Type       string    `yaml:"Type"`
		Properties yaml.Node `yaml:"Properties"`
	} `yaml:"Events"`
}

type streamProperties struct {
	Stream                     string   `yaml:"Stream"`
	StartingPosition           string   `yaml:"StartingPosition"`
	BatchSize                  int32    `yaml:"BatchSize"`
	BisectBatchOnFunctionError bool     `yaml:"BisectBatchOnFunctionError"`
	FunctionResponseTypes      []string `yaml:"FunctionResponseTypes"`
}

type apiProperties struct {
	StageName string `yaml:"StageName"`
	Auth      struct {
		DefaultAuthorizer string `yaml:"DefaultAuthorizer"`
		Authorizers       map[string]struct {
			FunctionArn         string `yaml:"FunctionArn"`
			FunctionPayloadType string `yaml:"FunctionPayloadType"`
			Identity            struct {
				Headers          []string `yaml:"Headers"`
				ReauthorizeEvery int      `yaml:"ReauthorizeEvery"`
			} `yaml:"Identity"`
		} `yaml:"Authorizers"`
	} `yaml:"Auth"`
}

func (d document) template(names Names) (Template, error) {
	t := Template{Functions: map[string]Function{}, Tables: map[string]*dynamodb.CreateTableInput{}}
	for _, id := range slices.Sorted(maps.Keys(d.Resources)) {
		r := d.Resources[id]
		var err error
		switch r.Type {
		case "AWS::Serverless::Function":
			err = t.addFunction(id, d.Globals.Function, r.Properties)
		case "AWS::Serverless::Api":
			err = t.setAPI(r.Properties)
		case "AWS::DynamoDB::Table":
			t.Tables[id], err = newTable(cmp.Or(names[id], id), r.Properties)
		}
		if err != nil {
			return Template{}, fmt.Errorf("%s: %w", id, err)
		}
	}
	if len(t.API.Routes) == 0 || t.API.Stage == "" || len(t.Tables) == 0 {
		return Template{}, errors.New("there must be an API with a stage, a route, and a table")
	}
	for i, s := range t.Streams {
		table := t.Tables[s.Table]
		if table == nil || table.StreamSpecification == nil {
			return Template{}, fmt.Errorf("%s reads the stream of %s, which has none", s.Function, s.Table)
		}
		t.Streams[i].View = table.StreamSpecification.StreamViewType
	}
	if _, ok := t.Functions[t.API.Authorizer.Function]; !ok {
		return Template{}, errors.New("the default authorizer must name a function of the template")
	}
	return t, nil
}

func (t *Template) addFunction(id string, globals functionProperties, node yaml.Node) error {
	p := globals
	p.Environment.Variables = maps.Clone(globals.Environment.Variables)
	if err := node.Decode(&p); err != nil {
		return err
	}
	t.Functions[id] = Function{
		Folder:      p.CodeURI,
		MemorySize:  p.MemorySize,
		Timeout:     time.Duration(p.Timeout) * time.Second,
		LogFormat:   p.LoggingConfig.LogFormat,
		LogLevel:    p.LoggingConfig.ApplicationLogLevel,
		Environment: p.Environment.Variables,
	}
	for _, name := range slices.Sorted(maps.Keys(p.Events)) {
		event := p.Events[name]
		var err error
		switch event.Type {
		case "Api":
			route := Route{Function: id}
			err = event.Properties.Decode(&route)
			t.API.Routes = append(t.API.Routes, route)
		case "DynamoDB":
			err = t.addStream(id, event.Properties)
		default:
			err = fmt.Errorf("the type is %s: only Api and DynamoDB are served locally", event.Type)
		}
		if err != nil {
			return fmt.Errorf("the event %s: %w", name, err)
		}
	}
	return nil
}

func (t *Template) addStream(function string, node yaml.Node) error {
	p := streamProperties{BatchSize: 100} // Lambda's default.
	if err := node.Decode(&p); err != nil {
		return err
	}
	table, isStream := strings.CutSuffix(p.Stream, ".StreamArn")
	if !isStream || p.StartingPosition != "TRIM_HORIZON" || p.BatchSize < 1 || p.BatchSize > 1000 {
		return errors.New("the Stream must be !GetAtt <table>.StreamArn, the StartingPosition TRIM_HORIZON, the BatchSize 1 to 1000")
	}
	t.Streams = append(t.Streams, Stream{
		Function:       function,
		Table:          table,
		BatchSize:      p.BatchSize,
		Bisect:         p.BisectBatchOnFunctionError,
		ReportFailures: slices.Contains(p.FunctionResponseTypes, "ReportBatchItemFailures"),
	})
	return nil
}

func (t *Template) setAPI(node yaml.Node) error {
	var p apiProperties
	if err := node.Decode(&p); err != nil {
		return err
	}
	authorizer, ok := p.Auth.Authorizers[p.Auth.DefaultAuthorizer]
	if !ok || authorizer.FunctionPayloadType != "REQUEST" || len(authorizer.Identity.Headers) == 0 {
		return errors.New("the default authorizer must be of the type REQUEST and name identity headers")
	}
	t.API.Stage = p.StageName
	t.API.Authorizer = Authorizer{
		Function: functionOf(authorizer.FunctionArn),
		Headers:  authorizer.Identity.Headers,
		TTL:      time.Duration(authorizer.Identity.ReauthorizeEvery) * time.Second,
	}
	return nil
}

// newTable reads the properties of an AWS::DynamoDB::Table. They have the names of
// CreateTable's parameters; others, such as PointInTimeRecoverySpecification, are
// left out.
func newTable(name string, node yaml.Node) (*dynamodb.CreateTableInput, error) {
	var properties map[string]any
	if err := node.Decode(&properties); err != nil {
		return nil, err
	}
	text, err := json.Marshal(properties)
	if err != nil {
		return nil, err
	}
	table := &dynamodb.CreateTableInput{}
	if err := json.Unmarshal(text, table); err != nil {
		return nil, err
	}
	if len(table.KeySchema) == 0 {
		return nil, errors.New("the table has no KeySchema")
	}
	table.TableName = aws.String(name)
	if table.StreamSpecification != nil {
		table.StreamSpecification.StreamEnabled = aws.Bool(true)
	}
	return table, nil
}

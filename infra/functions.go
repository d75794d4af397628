package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/jsii-runtime-go"

	"users-organizations/pkg/caller"
	"users-organizations/pkg/coldstart"
	"users-organizations/pkg/openapi"
)

// functionProps are what differs from function to function. Role, log, alias,
// release, alarms and outputs are made the same way for all.
type functionProps struct {
	// name is the function's folder in functions/ and dist/. The logical id of
	// register is RegisterFunction.
	name, description string
	// timeout is in seconds.
	timeout int
	// slow is the p99 in milliseconds from which the Latency alarm is raised, and
	// waits the alarm's advice on what the function waits for.
	slow  int
	waits string
	// readsStream is true for a function that Lambda calls with the changes of the
	// memberships, not API Gateway with requests.
	readsStream bool
	// environment omits the variables that all functions behind a route have.
	environment func(Settings, stores) variables
	rights      func(stores) []awsiam.PolicyStatement
}

type variables map[string]*string

// stores are the resources that the functions read and write.
type stores struct {
	memberships, history    awsdynamodb.Table
	bus                     awsevents.EventBus
	discarded               awss3.Bucket
	bearerKeys, sessionKeys awssecretsmanager.Secret
}

// tableName is the environment of every function that calls the memberships
// table.
func tableName(_ Settings, s stores) variables {
	return variables{"TABLE_NAME": s.memberships.TableName()}
}

const dynamoDBOrFunction = "Compare StoreLatency: is it DynamoDB or the function?"

// functions are all functions of the service. openapi.yaml says which of them
// are behind a route.
var functions = []functionProps{
	{
		name:        "register",
		description: "Registers a user in an organization with one conditional write.",
		timeout:     5,
		slow:        2000,
		waits:       dynamoDBOrFunction,
		environment: tableName,
		rights: func(s stores) []awsiam.PolicyStatement {
			return []awsiam.PolicyStatement{allow(s.memberships.TableArn(), "dynamodb:PutItem")}
		},
	},
	{
		name:        "read",
		description: "Reads a membership, its history, and the lists of a user and of an organization.",
		timeout:     5,
		slow:        2000,
		waits:       dynamoDBOrFunction,
		environment: func(settings Settings, s stores) variables {
			v := tableName(settings, s)
			v["ORGANIZATION_INDEX_NAME"] = jsii.String(organizationIndex)
			v["HISTORY_TABLE_NAME"] = s.history.TableName()
			return v
		},
		rights: func(s stores) []awsiam.PolicyStatement {
			table := s.memberships.TableArn()
			return []awsiam.PolicyStatement{
				allow(table, "dynamodb:GetItem", "dynamodb:Query", "dynamodb:BatchGetItem"),
				allow(jsii.String(*table+"/index/"+organizationIndex), "dynamodb:Query"),
				allow(s.history.TableArn(), "dynamodb:Query"),
			}
		},
	},
	{
		name:        "change",
		description: "Changes, removes and restores a membership with one conditional write each.",
		timeout:     5,
		slow:        2000,
		waits:       dynamoDBOrFunction,
		environment: tableName,
		rights: func(s stores) []awsiam.PolicyStatement {
			// Only If-Match: * needs GetItem.
			return []awsiam.PolicyStatement{allow(s.memberships.TableArn(), "dynamodb:UpdateItem", "dynamodb:GetItem")}
		},
	},
	{
		name:        "record",
		description: "Appends each change of a membership to its history, and publishes it.",
		timeout:     60,
		slow:        20_000,
		waits:       "Look at AWS Health, and at the metrics of the history table and of the event bus.",
		readsStream: true,
		environment: func(_ Settings, s stores) variables {
			return variables{"HISTORY_TABLE_NAME": s.history.TableName(), "EVENT_BUS_NAME": s.bus.EventBusName()}
		},
		rights: func(s stores) []awsiam.PolicyStatement {
			return append(readStream(s),
				// IAM can't stop PutItem from replacing an entry. The condition of each call does.
				allow(s.history.TableArn(), "dynamodb:Query", "dynamodb:PutItem"),
				allow(s.bus.EventBusArn(), "events:PutEvents"))
		},
	},
	{
		name:        authorizer,
		description: "Verifies the bearer and the session token of a request.",
		timeout:     3,
		slow:        1000,
		waits:       "It waits only for its keys to load.",
		environment: func(settings Settings, s stores) variables {
			return variables{
				"AUTH_BEARER_KEYS_SECRET_ID":  s.bearerKeys.SecretArn(),
				"AUTH_SESSION_KEYS_SECRET_ID": s.sessionKeys.SecretArn(),
				"AUTH_ISSUER":                 jsii.String(settings.Issuer),
				"AUTH_AUDIENCE":               jsii.String(settings.Audience),
				caller.PrefixVariable:         jsii.String(settings.ScopePrefix),
			}
		},
		rights: func(s stores) []awsiam.PolicyStatement {
			return []awsiam.PolicyStatement{
				allow(s.bearerKeys.SecretArn(), "secretsmanager:GetSecretValue"),
				allow(s.sessionKeys.SecretArn(), "secretsmanager:GetSecretValue"),
			}
		},
	},
}

const authorizer = "authorizer"

// checkOperations returns an error that names an operation whose function is
// not listed.
func checkOperations() error {
	for _, o := range openapi.Operations() {
		if !isFunction(o.Function) {
			return fmt.Errorf("openapi.yaml routes %s to the function %q: list it in infra/functions.go", o.ID, o.Function)
		}
	}
	return nil
}

func isFunction(name string) bool {
	return slices.ContainsFunc(functions, func(p functionProps) bool { return p.name == name })
}

// title is the prefix of the ids of what belongs to the function.
func (p functionProps) title() string { return strings.ToUpper(p.name[:1]) + p.name[1:] }

// id is the function's logical id.
func (p functionProps) id() string { return p.title() + "Function" }

// hasRoute reports whether an operation is routed to the function.
func (p functionProps) hasRoute() bool {
	return slices.ContainsFunc(openapi.Operations(), func(o openapi.Operation) bool { return o.Function == p.name })
}

// function is a Lambda function of the stack.
type function struct {
	functionProps
	awslambda.Function
	// live is what API Gateway and the stream invoke: the alias that a release
	// moves, or without canaries the function itself.
	live awslambda.IFunction
	// alias is nil without canaries.
	alias awslambda.Alias
	// mapping is nil for a function that does not read the stream.
	mapping awslambda.CfnEventSourceMapping
}

// functionSet is every function of a stack, in the order of functions.
type functionSet []function

func newFunctions(stack awscdk.Stack, settings Settings, dist string, s stores) functionSet {
	var set functionSet
	for _, p := range functions {
		set = append(set, newFunction(stack, settings, dist, p, s))
	}
	return set
}

// named panics if there is no function of that name.
func (set functionSet) named(name string) function {
	return set[slices.IndexFunc(set, func(f function) bool { return f.name == name })]
}

func (set functionSet) behindRoutes() functionSet {
	return slices.DeleteFunc(slices.Clone(set), func(f function) bool { return !f.hasRoute() })
}

// responding are the functions whose failures callers see.
func (set functionSet) responding() functionSet {
	return slices.DeleteFunc(slices.Clone(set), func(f function) bool { return f.readsStream })
}

func (set functionSet) names() []string {
	var names []string
	for _, f := range set {
		names = append(names, f.name)
	}
	return names
}

// newFunction makes a function with a role that may write the function's own
// log and do its work, nothing else. A dead-letter queue would catch only
// asynchronous calls, and there are none.
func newFunction(stack awscdk.Stack, settings Settings, dist string, p functionProps, s stores) function {
	id := p.id()
	logGroup := awslogs.NewLogGroup(stack, jsii.String(id+"Log"), &awslogs.LogGroupProps{
		Retention:     settings.AuditRetention,
		RemovalPolicy: settings.removal(),
	})
	policies := map[string]awsiam.PolicyDocument{
		"Log":  only(allow(logGroup.LogGroupArn(), "logs:CreateLogStream", "logs:PutLogEvents")),
		"Work": only(p.rights(s)...),
	}
	if settings.traces(p) {
		policies["Trace"] = only(allow(jsii.String("*"), "xray:PutTraceSegments", "xray:PutTelemetryRecords"))
	}
	role := awsiam.NewRole(stack, jsii.String(id+"Role"), &awsiam.RoleProps{
		AssumedBy:      awsiam.NewServicePrincipal(jsii.String("lambda.amazonaws.com"), nil),
		InlinePolicies: &policies,
	})
	environment := p.environment(settings, s)
	environment["GODEBUG"] = jsii.String(coldstart.Debug)
	if p.hasRoute() {
		environment["CORS_ALLOWED_ORIGIN"] = jsii.String(settings.AllowedOrigin)
		environment[caller.PrefixVariable] = jsii.String(settings.ScopePrefix)
	}
	lambda := awslambda.NewFunction(stack, jsii.String(id), &awslambda.FunctionProps{
		Description:   jsii.String(p.description),
		Code:          awslambda.Code_FromAsset(jsii.String(filepath.Join(dist, p.name)), nil),
		Runtime:       awslambda.Runtime_PROVIDED_AL2023(),
		Architecture:  awslambda.Architecture_ARM_64(),
		Handler:       jsii.String("bootstrap"),
		MemorySize:    jsii.Number(settings.memory(p.name)),
		Timeout:       awscdk.Duration_Seconds(jsii.Number(p.timeout)),
		Environment:   (*map[string]*string)(&environment),
		Role:          role,
		LogGroup:      logGroup,
		LoggingFormat: awslambda.LoggingFormat_JSON,
		// Each call writes its own line, so Lambda's lines are needed only on failure.
		ApplicationLogLevelV2:        awslambda.ApplicationLogLevel_INFO,
		SystemLogLevelV2:             awslambda.SystemLogLevel_WARN,
		ReservedConcurrentExecutions: settings.reservedConcurrency(p.name),
		// Versions stay, so that the alias can be set back to any of them by hand.
		// One whose deployment was rolled back goes: if it stayed, the same version
		// could not be created again.
		CurrentVersionOptions: &awslambda.VersionOptions{
			RemovalPolicy: awscdk.RemovalPolicy_RETAIN_ON_UPDATE_OR_DELETE,
		},
	})
	fixLogicalID(lambda, id)
	// The function's Role already makes it wait for the role.
	underlying(lambda).AddDeletionOverride(jsii.String("DependsOn"))
	if settings.traces(p) { // The CDK's own property would add a second policy.
		underlying(lambda).AddPropertyOverride(jsii.String("TracingConfig"), map[string]string{"Mode": "Active"})
	}

	made := function{functionProps: p, Function: lambda, live: lambda}
	if settings.Canary {
		made.alias = awslambda.NewAlias(stack, jsii.String(id+"Live"), &awslambda.AliasProps{
			AliasName: jsii.String("live"),
			Version:   lambda.CurrentVersion(),
		})
		made.live = made.alias
	}
	if p.readsStream {
		made.mapping = newEventSourceMapping(stack, settings, made, s)
	}
	return made
}

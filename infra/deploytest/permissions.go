package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// invoker is what invokes a function on behalf of a request: a method of the API,
// or its authorizer.
type invoker struct {
	// function is the ARN of the function, source that of the invoker.
	function, source string
}

// checkPermissions looks at the policy of each function that the API calls. The
// emulator calls functions without a look at it.
func (d *deployment) checkPermissions(ctx context.Context) (string, error) {
	invokers, err := invokersOf(ctx, d.aws, d.client.api, d.client.stage)
	if err != nil {
		return "", err
	}
	var refused []error
	for _, c := range invokers {
		policy, err := policyOf(ctx, d.aws, c.function)
		if err != nil {
			return "", err
		}
		if !policy.allows(c.source) {
			refused = append(refused, fmt.Errorf("no permission lets %s call %s", c.source, c.function))
		}
	}
	return fmt.Sprintf("%d methods and authorizers may call their functions", len(invokers)), errors.Join(refused...)
}

// invoked finds the function in the URI of an integration or an authorizer.
var invoked = regexp.MustCompile(`/functions/(arn:[^/]+)/invocations$`)

// parameter is a parameter in the path of a resource.
var parameter = regexp.MustCompile(`\{[^}]*\}`)

func invokersOf(ctx context.Context, a account, api, stage string) ([]invoker, error) {
	var resources struct {
		Items []struct {
			Path    string
			Methods map[string]struct {
				Integration struct{ URI string } `json:"methodIntegration"`
			} `json:"resourceMethods"`
		} `json:"item"`
	}
	if err := a.get(ctx, "apigateway", "/restapis/"+api+"/resources?embed=methods&limit=500", &resources); err != nil {
		return nil, fmt.Errorf("reading the methods of the API: %w", err)
	}
	var authorizers struct {
		Items []struct {
			ID  string
			URI string `json:"authorizerUri"`
		} `json:"item"`
	}
	if err := a.get(ctx, "apigateway", "/restapis/"+api+"/authorizers", &authorizers); err != nil {
		return nil, fmt.Errorf("reading the authorizers of the API: %w", err)
	}
	arn := fmt.Sprintf("arn:aws:execute-api:%s:%s:%s/", a.region, a.id, api)
	var all []invoker
	for _, resource := range resources.Items {
		for method, m := range resource.Methods {
			if found := invoked.FindStringSubmatch(m.Integration.URI); found != nil {
				all = append(all, invoker{found[1], arn + stage + "/" + method + parameter.ReplaceAllString(resource.Path, "1")})
			}
		}
	}
	for _, authorizer := range authorizers.Items {
		if found := invoked.FindStringSubmatch(authorizer.URI); found != nil {
			all = append(all, invoker{found[1], arn + "authorizers/" + authorizer.ID})
		}
	}
	return all, nil
}

// policy is the resource-based policy of a function.
type policy struct {
	Statement []struct {
		Effect, Action string
		Principal      struct{ Service string }
		Condition      struct {
			ArnLike struct {
				SourceArn string `json:"AWS:SourceArn"`
			}
		}
	}
}

func policyOf(ctx context.Context, a account, function string) (policy, error) {
	var response struct{ Policy string }
	err := a.get(ctx, "lambda", functionPath(function)+"/policy", &response)
	if err != nil {
		return policy{}, fmt.Errorf("reading who may call %s: %w", function, err)
	}
	var p policy
	err = json.Unmarshal([]byte(response.Policy), &p)
	return p, err
}

// allows says whether API Gateway may call the function for the source.
func (p policy) allows(source string) bool {
	for _, s := range p.Statement {
		if s.Effect == "Allow" && s.Action == "lambda:InvokeFunction" && s.Principal.Service == "apigateway.amazonaws.com" &&
			isLike(source, s.Condition.ArnLike.SourceArn) {
			return true
		}
	}
	return false
}

// isLike says whether an ARN matches a pattern, as the condition operator ArnLike
// does (IAM user guide, "Amazon Resource Name (ARN) condition operators").
func isLike(arn, pattern string) bool {
	expression := strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(regexp.QuoteMeta(pattern))
	return regexp.MustCompile("^" + expression + "$").MatchString(arn)
}

package template

import (
	"fmt"
	"maps"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// The account and region that local ARNs carry.
const (
	Account = "000000000000"
	Region  = "eu-west-3"
)

// arnPrefix begins the local ARN of every resource; its logical id ends it.
const arnPrefix = "arn:aws:lambda:" + Region + ":" + Account + ":function:"

// resolver replaces CloudFormation's references by their local values.
type resolver struct {
	// refs has the values of Ref by name.
	refs map[string]string
	// resources are the logical ids that GetAtt may name.
	resources map[string]struct{ Type string }
}

func (d declarations) resolver(names Names) resolver {
	refs := map[string]string{
		"AWS::AccountId": Account, "AWS::Region": Region, "AWS::Partition": "aws",
		"AWS::StackName": "local", "AWS::URLSuffix": "amazonaws.com",
	}
	for name, p := range d.Parameters {
		refs[name] = p.Default
	}
	for id := range d.Resources {
		refs[id] = id
	}
	maps.Copy(refs, names)
	return resolver{refs: refs, resources: d.Resources}
}

// resolve replaces the references in n and below it by plain values.
func (r resolver) resolve(n *yaml.Node) error {
	if n.Kind == yaml.MappingNode && len(n.Content) == 2 && strings.HasPrefix(n.Content[0].Value, "Fn::") {
		return fmt.Errorf("line %d: write %s in its short form", n.Line, n.Content[0].Value)
	}
	value, err := r.value(n)
	if err != nil {
		return fmt.Errorf("line %d: %w", n.Line, err)
	}
	if value != nil {
		*n = yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: *value, Line: n.Line, Column: n.Column}
		return nil
	}
	for _, child := range n.Content {
		if err := r.resolve(child); err != nil {
			return err
		}
	}
	return nil
}

// value is the value of a reference, and nil for any other node.
func (r resolver) value(n *yaml.Node) (*string, error) {
	var s string
	var err error
	switch {
	case n.Tag == "!Ref" && n.Kind == yaml.ScalarNode:
		s, err = r.ref(n.Value)
	case n.Tag == "!GetAtt" && n.Kind == yaml.ScalarNode:
		s, err = r.attribute(n.Value)
	case n.Tag == "!Sub" && n.Kind == yaml.ScalarNode:
		s, err = r.substitute(n.Value)
	case strings.HasPrefix(n.Tag, "!") && !strings.HasPrefix(n.Tag, "!!"):
		return nil, fmt.Errorf("%s: the local system can't read this form", n.Tag)
	default:
		return nil, nil
	}
	return &s, err
}

func (r resolver) ref(name string) (string, error) {
	value, ok := r.refs[name]
	if !ok {
		return "", fmt.Errorf("!Ref %s: there is no such parameter or resource", name)
	}
	return value, nil
}

func (r resolver) attribute(path string) (string, error) {
	id, name, _ := strings.Cut(path, ".")
	if _, ok := r.resources[id]; !ok {
		return "", fmt.Errorf("!GetAtt %s: there is no such resource", path)
	}
	if name == "Arn" {
		return FunctionARN(id), nil
	}
	return path, nil
}

var placeholder = regexp.MustCompile(`\$\{[^!}][^}]*\}`)

func (r resolver) substitute(text string) (string, error) {
	var failed error
	result := placeholder.ReplaceAllStringFunc(text, func(match string) string {
		name := match[2 : len(match)-1]
		find := r.ref
		if strings.Contains(name, ".") {
			find = r.attribute
		}
		value, err := find(name)
		if err != nil {
			failed = err
		}
		return value
	})
	return strings.ReplaceAll(result, "${!", "${"), failed
}

// FunctionARN is the local ARN of the function with the logical id.
func FunctionARN(id string) string { return arnPrefix + id }

// functionOf is the reverse of FunctionARN.
func functionOf(arn string) string { return strings.TrimPrefix(arn, arnPrefix) }

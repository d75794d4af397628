package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

func templateOf(t *testing.T, types ...string) template {
	t.Helper()
	resources := map[string]map[string]string{}
	for _, name := range types {
		resources[strings.Repeat("R", len(resources)+1)] = map[string]string{"Type": name}
	}
	text, err := json.Marshal(map[string]any{"Resources": resources})
	if err != nil {
		t.Fatal(err)
	}
	var made template
	if err := json.Unmarshal(text, &made); err != nil {
		t.Fatal(err)
	}
	return made
}

func TestATypeThatCannotBeListedIsNamed(t *testing.T) {
	t.Parallel()
	if err := checkKinds(templateOf(t, "AWS::DynamoDB::Table", "AWS::Lambda::Permission")); err != nil {
		t.Error(err)
	}
	if err := checkKinds(templateOf(t, "AWS::DynamoDB::Table", "AWS::New::Thing")); err == nil || !strings.Contains(err.Error(), "AWS::New::Thing") {
		t.Errorf("got %v", err)
	}
}

func TestAResourceThatIsNotListedIsNamed(t *testing.T) {
	t.Parallel()
	template := templateOf(t, "AWS::DynamoDB::Table", "AWS::DynamoDB::Table", "AWS::Lambda::Permission")
	if err := listsAll(template, []string{"AWS::DynamoDB::Table a", "AWS::DynamoDB::Table b"}); err != nil {
		t.Error(err)
	}
	if err := listsAll(template, []string{"AWS::DynamoDB::Table a", "AWS::DynamoDB::TableX b"}); err == nil {
		t.Error("one table of two is missing, and nothing says so")
	}
}

func TestWhatIsLeft(t *testing.T) {
	t.Parallel()
	before := []string{"AWS::IAM::Role cdk"}
	now := []string{"AWS::IAM::Role cdk", "AWS::IAM::Role api-gateway-log-role-x", "AWS::Logs::LogGroup api"}
	if got := newSince(before, now); !slices.Equal(got, []string{"AWS::Logs::LogGroup api"}) {
		t.Errorf("left are %q", got)
	}
}

package main

import (
	"slices"
	"testing"
)

func TestJudge(t *testing.T) {
	t.Parallel()
	const (
		checkov = `{"results":{"passed_checks":[{"check_id":"CKV_1","resource":"AWS::SNS::Topic.Alarms"},{"check_id":"CKV_2","resource":"AWS::SNS::Topic.Alarms"}],
			"failed_checks":[{"check_id":"CKV_2","resource":"AWS::SNS::Topic.Other"},{"check_id":"CKV_3","resource":"AWS::Lambda::Function.F"}]}}`
		guard = `[{"compliant":["RULE_1"],"not_compliant":[{"Rule":{"name":"RULE_2"}}]},{"compliant":["RULE_2"],"not_compliant":[{"Rule":{"name":"RULE_3"}}]}]`
	)
	all := results{}
	if err := readCheckov([]byte(checkov), all); err != nil {
		t.Fatal(err)
	}
	if err := readGuard([]byte(guard), all); err != nil {
		t.Fatal(err)
	}
	got := all.judge([]acceptance{
		{rule: "CKV_1", kind: "AWS::SNS::Topic"}, {rule: "CKV_2", kind: "AWS::SNS::Topic"}, {rule: "CKV_3", kind: "AWS::SNS::Topic"},
		{rule: "RULE_1"}, {rule: "RULE_2"}, {rule: "RULE_4"},
	})
	want := []string{
		"CKV_1 AWS::SNS::Topic: accepted, but no longer found",
		"CKV_3 AWS::Lambda::Function: found",
		"RULE_1: accepted, but no longer found",
		"RULE_3: found",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestEveryAcceptanceHasAReason(t *testing.T) {
	t.Parallel()
	for _, a := range accepted {
		if a.reason == "" {
			t.Errorf("%s is accepted without a reason", a.rule)
		}
	}
}

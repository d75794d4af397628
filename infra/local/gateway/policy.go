package gateway

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// invokeAction is the action that calling an API needs.
const invokeAction = "execute-api:Invoke"

// policy is an IAM policy as an authorizer returns it.
type policy struct {
	Version   string
	Statement list[statement]
}

type statement struct {
	Effect   string
	Action   list[string]
	Resource list[string]
}

// list is a policy element that may be one value or an array.
type list[T any] []T

// UnmarshalJSON reads one T or an array of them.
func (l *list[T]) UnmarshalJSON(text []byte) error {
	if bytes.HasPrefix(bytes.TrimSpace(text), []byte("[")) {
		return json.Unmarshal(text, (*[]T)(l))
	}
	var one T
	if err := json.Unmarshal(text, &one); err != nil {
		return err
	}
	*l = list[T]{one}
	return nil
}

// check says why a policy can't be used.
func (p policy) check() error {
	if p.Version != "2012-10-17" && p.Version != "2008-10-17" {
		return fmt.Errorf("the policy's Version is %q", p.Version)
	}
	if len(p.Statement) == 0 {
		return errors.New("the policy has no Statement")
	}
	for _, s := range p.Statement {
		if s.Effect != "Allow" && s.Effect != "Deny" {
			return fmt.Errorf("a statement's Effect is %q", s.Effect)
		}
		if len(s.Action) == 0 || len(s.Resource) == 0 {
			return errors.New("a statement lacks Action or Resource")
		}
	}
	return nil
}

// allows evaluates the policy for a method ARN: a Deny wins over any Allow,
// and what nothing allows is denied (IAM user guide, "Policy evaluation
// logic").
func (p policy) allows(methodARN string) bool {
	allowed := false
	for _, s := range p.Statement {
		if !s.covers(methodARN) {
			continue
		}
		if s.Effect == "Deny" {
			return false
		}
		allowed = true
	}
	return allowed
}

func (s statement) covers(methodARN string) bool {
	return matchesAny(s.Action, invokeAction, strings.ToLower) &&
		matchesAny(s.Resource, methodARN, func(text string) string { return text })
}

// matchesAny compares text with patterns, in which * stands for any characters
// and ? for one. fold is applied to both: actions ignore case, resources don't.
func matchesAny(patterns []string, text string, fold func(string) string) bool {
	for _, pattern := range patterns {
		if matches(fold(pattern), fold(text)) {
			return true
		}
	}
	return false
}

func matches(pattern, text string) bool {
	// star is the place after the last *, or -1; behind is the place in text after
	// what that * stands for so far.
	star, behind := -1, 0
	p, t := 0, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			p++
			star, behind = p, t
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[t]):
			p, t = p+1, t+1
		case star >= 0:
			behind++
			p, t = star, behind
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

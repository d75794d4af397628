package openapi_test

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"users-organizations/pkg/openapi"
)

// parameter is a variable segment of a path; word a name in lower case.
var (
	parameter = regexp.MustCompile(`\{[^}]*\}`)
	word      = regexp.MustCompile(`^[a-z]+$`)
)

var update = flag.Bool("update", false, "rewrite pkg/api/operations.txt from openapi.yaml")

// TestOperations has the rules that every reader of the table relies on.
func TestOperations(t *testing.T) {
	t.Parallel()
	ids, routes := map[string]bool{}, map[string]bool{}
	for _, o := range openapi.Operations() {
		at := o.Method + " " + o.Path
		if o.ID == "" || ids[o.ID] {
			t.Errorf("%s: operationId %q is empty, or another operation has it too", at, o.ID)
		}
		// Two paths that differ in a parameter's name alone are one route.
		route := o.Method + " " + parameter.ReplaceAllString(o.Path, "{}")
		if routes[route] {
			t.Errorf("%s: another operation has this route", at)
		}
		ids[o.ID], routes[route] = true, true
		if !word.MatchString(o.Function) {
			t.Errorf("%s: x-function is %q, want a folder below functions/", at, o.Function)
		}
		if len(o.Scopes) == 0 {
			t.Errorf("%s: security requires no scope: name one beside bearer", at)
		}
		for _, verb := range o.Scopes {
			if !slices.Contains([]string{"read", "write", "delete", "history"}, verb) {
				t.Errorf("%s: security names the scope %q, want users-organizations: and read, write, delete or history", at, verb)
			}
		}
	}
	if len(ids) == 0 {
		t.Error("the document has no operation")
	}
}

// TestOperationsOfTheRuntime compares the document with the table that the functions
// embed, so that they need no YAML. pkg/api describes its format.
func TestOperationsOfTheRuntime(t *testing.T) {
	t.Parallel()
	var want strings.Builder
	for _, o := range openapi.Operations() {
		keyed := "-"
		if o.Keyed {
			keyed = "keyed"
		}
		mediaTypes := cmp.Or(strings.Join(o.MediaTypes, ","), "-")
		fmt.Fprintln(&want, o.ID, o.Method, o.Path, o.Function, strings.Join(o.Scopes, ","), mediaTypes, keyed)
	}
	const file = "../api/operations.txt"
	if *update {
		if err := os.WriteFile(file, []byte(want.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want.String() {
		t.Errorf("pkg/api/operations.txt, from which a function knows its operations, is out of date: run go test ./pkg/openapi -update%s%s",
			linesOfOne(want.String(), string(got), "\nit lacks "), linesOfOne(string(got), want.String(), "\nit still has "))
	}
}

// TestSecurityIsBothTokens: each alternative requires one scope and the session, so
// that none is weaker than another.
func TestSecurityIsBothTokens(t *testing.T) {
	t.Parallel()
	for path, item := range member(t, readAny(t), "paths") {
		for method, operation := range member(t, item) {
			security, _ := member(t, operation)["security"].([]any)
			for _, alternative := range security {
				a := member(t, alternative)
				roles, _ := a["bearer"].([]any)
				session, hasSession := a["session"].([]any)
				if len(a) != 2 || len(roles) != 1 || !hasSession || len(session) != 0 {
					t.Errorf("%s %s: security has %v, want one scope beside bearer, and session: []", method, path, a)
				}
			}
		}
	}
}

func TestPathOf(t *testing.T) {
	t.Parallel()
	got := openapi.Named("registerUserOrganization").PathOf(int64(-7), "x")
	if want := "/users-organizations/v1/bo/users/register/-7/organizations/x"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestPathOfPanics(t *testing.T) {
	t.Parallel()
	o := openapi.Named("listUserOrganizations")
	for _, parameters := range [][]any{nil, {1, 2}} {
		want := fmt.Sprintf("/users-organizations/v1/bo/users/{userId}/organizations takes 1 parameters, not %d", len(parameters))
		func() {
			defer func() {
				if got := recover(); got != want {
					t.Errorf("PathOf(%v) panics with %v, want %q", parameters, got, want)
				}
			}()
			o.PathOf(parameters...)
		}()
	}
}

// linesOfOne returns the lines of text that other has not, each after a prefix.
func linesOfOne(text, other, prefix string) string {
	var all strings.Builder
	for line := range strings.Lines(text) {
		if !strings.Contains("\n"+other, "\n"+line) {
			all.WriteString(prefix + strings.TrimSpace(line))
		}
	}
	return all.String()
}

// rows returns the rows of the table with this head.
func rows(text, head string) []string {
	_, table, _ := strings.Cut(text, head)
	table, _, _ = strings.Cut(table, "\n\n")
	return strings.Split(table, "\n")
}

// sameSet compares two lists in any order.
func sameSet(t *testing.T, what string, got, want []string) {
	t.Helper()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s is\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestEveryOperationIsInTheTables compares the operations with the tables that people
// read: of the scopes, in the description, and of the operations, in README.md.
func TestEveryOperationIsInTheTables(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	d := readDocument(t)
	var operations, scopes []string
	summaries := map[string][]string{}
	for _, o := range openapi.Operations() {
		operations = append(operations,
			fmt.Sprintf("`%s …%s` | %s |", o.Method, strings.TrimPrefix(o.Path, "/users-organizations/v1/bo"), strings.Join(o.Scopes, ", ")))
		summary := d.operation(o).Summary
		for _, verb := range o.Scopes {
			summaries[verb] = append(summaries[verb], strings.ToLower(summary[:1])+summary[1:])
		}
	}
	for verb, all := range summaries {
		scopes = append(scopes, fmt.Sprintf("| `users-organizations:%s` | %s |", verb, strings.Join(all, ", ")))
	}
	var documented []string
	for _, row := range rows(string(readme), "| operation | | one of these scopes in the bearer token |\n|---|---|---|\n") {
		_, withoutName, _ := strings.Cut(row, " | ")
		documented = append(documented, withoutName)
	}
	sameSet(t, "the table of operations in README.md, without its first column,", documented, operations)
	sameSet(t, "the table of scopes in the description", rows(d.Info.Description, "| Scope | Allows to |\n|---|---|\n"), scopes)
}

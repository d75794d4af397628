package membership_test

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
	"time"

	"users-organizations/pkg/membership"
)

func TestMembershipInAResponse(t *testing.T) {
	t.Parallel()
	m := membership.Membership{
		UserID: 1, OrganizationID: membership.MinInteger, Scope: 1,
		Permissions: membership.Permissions{Group: 0, Read: []int64{1, 2}, Manage: []int64{}},
		UpdatedAt:   time.Date(2024, 12, 9, 14, 23, 0, 0, time.UTC),
		CreatedAt:   time.Date(2024, 1, 15, 9, 45, 0, 120e6, time.FixedZone("CET", 3600)),
	}
	const active = `{"userId":1,"organizationId":-9007199254740991,"scope":1,` +
		`"permissions":{"group":0,"read":[1,2],"manage":[]},` +
		`"deletedAt":null,"updatedAt":"2024-12-09T14:23:00.000Z","createdAt":"2024-01-15T08:45:00.120Z"}`
	deleted := strings.Replace(active, "null", `"2024-12-15T10:00:00.000Z"`, 1)

	for _, want := range []string{active, deleted} {
		got, err := json.Marshal(m)
		if err != nil || string(got) != want {
			t.Errorf("got  %s, %v\nwant %s", got, err, want)
		}
		m.DeletedAt = time.Date(2024, 12, 15, 10, 0, 0, 0, time.UTC)
	}
}

func TestParseTimeReadsOneForm(t *testing.T) {
	t.Parallel()
	for s, ok := range map[string]bool{
		"2024-12-09T14:23:00.000Z":      true,
		"2024-02-29T23:59:59.999Z":      true,
		"2024-12-09T14:23:00Z":          false,
		"2024-12-09T14:23:00.0000Z":     false,
		"2024-12-09T14:23:00.00Z":       false,
		"2024-12-09T14:23:00.0001Z":     false,
		"2024-12-09T1:23:00.0000Z":      false,
		"2024-12-09T14:23:00,000Z":      false,
		"2024-12-09T14:23:00.000+00:00": false,
		"2024-12-09T15:23:00.000+01:00": false,
		"2023-02-29T00:00:00.000Z":      false,
		"2024-12-09 14:23:00.000Z":      false,
		"":                              false,
	} {
		got, err := membership.ParseTime(s)
		if (err == nil) != ok {
			t.Errorf("ParseTime(%q) = %v, %v", s, got, err)
		}
		if err == nil && membership.FormatTime(got) != s {
			t.Errorf("ParseTime(%q) became %q", s, membership.FormatTime(got))
		}
	}
}

// TestImports checks that neither this package nor pkg/history, which imports it,
// depends on the AWS SDK or net/http.
func TestImports(t *testing.T) {
	t.Parallel()
	deps, err := exec.CommandContext(t.Context(), "go", "list", "-deps", ".", "../history").Output()
	if err != nil {
		t.Fatalf("go list -deps: %v", err)
	}
	seen := map[string]bool{}
	for dep := range strings.FieldsSeq(string(deps)) {
		seen[dep] = true
		if dep == "net/http" || strings.HasPrefix(dep, "net/http/") || strings.Contains(dep, "aws") || strings.Contains(dep, "smithy") {
			t.Errorf("pkg/membership or pkg/history depends on %s", dep)
		}
	}
	if !seen["users-organizations/pkg/strictjson"] || !seen["users-organizations/pkg/history"] {
		t.Errorf("go list saw other packages: %s", deps)
	}
}

func TestPackagesDoNotImportInfra(t *testing.T) {
	t.Parallel()
	const imports = "{{.ImportPath}} {{.Imports}} {{.TestImports}} {{.XTestImports}}"
	lines, err := exec.CommandContext(t.Context(), "go", "list", "-f", imports, "../...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for line := range strings.Lines(string(lines)) {
		if strings.Contains(line, "users-organizations/infra") {
			t.Errorf("a package of pkg/, or its tests, imports infra/: %s", line)
		}
	}
	if !strings.Contains(string(lines), "users-organizations/pkg/dynamo ") {
		t.Errorf("go list saw other packages: %s", lines)
	}
}

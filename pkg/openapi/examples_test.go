package openapi_test

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"

	"users-organizations/pkg/membership"
	"users-organizations/pkg/openapi"
	"users-organizations/pkg/problem"
)

// TestExamplesAreResponses compares every example of a response with the responses to
// the samples, or with what the code makes where want has it, byte for byte.
func TestExamplesAreResponses(t *testing.T) {
	t.Parallel()
	const mark, another = "7b0d5c4ae2f94d0f8a1c36d2e9b80f47", "c2a94e6d1f0b47538d9e0a7b6c5f4e31"
	existing := func(scope int64, deletedAt time.Time) membership.Membership {
		created := time.Date(2024, 12, 9, 14, 23, 0, 0, time.UTC)
		return membership.Membership{
			UserID: 1, OrganizationID: 1, Scope: scope, DeletedAt: deletedAt, UpdatedAt: created, CreatedAt: created,
			Permissions: membership.Permissions{Group: 0, Read: []int64{1, 2}, Manage: []int64{1, 2}},
		}
	}
	invalid := func(userID, body string) problem.Problem {
		_, err := membership.ParseRegistration(membership.RegistrationRequest{UserID: userID, OrganizationID: "1", Body: []byte(body)})
		return problem.Of(err, requestID, problem.Registers)
	}
	exists := func(m membership.Membership, identical bool) problem.Problem {
		return problem.Of(&membership.ExistsError{Existing: m, Revision: mark, Identical: identical && m.Active()}, requestID, problem.Registers)
	}
	page := func(second membership.Key, next string) membership.Page {
		other := existing(2, time.Time{})
		other.Key = second
		return membership.Page{
			Rows:   []membership.Row{{Membership: existing(1, time.Time{}), Revision: mark}, {Membership: other, Revision: another}},
			Number: 1, Size: 2, Next: next,
		}
	}
	_, query := membership.OfUser.ParseList(membership.ReadRequest{
		UserID: "1", Query: map[string][]string{"pageSize": {"101"}, "page": {"2"}},
	})
	updated := func(m membership.Membership, at time.Time) map[string]any {
		m.UpdatedAt = at
		return map[string]any{"data": m}
	}
	want := map[string]any{
		"Found/active":               map[string]any{"data": existing(1, time.Time{})},
		"Found/deleted":              map[string]any{"data": existing(1, time.Date(2024, 12, 15, 10, 0, 0, 0, time.UTC))},
		"Changed/changed":            updated(existing(2, time.Time{}), time.Date(2024, 12, 10, 9, 0, 0, 0, time.UTC)),
		"Removed/removed":            map[string]any{"data": existing(1, time.Date(2024, 12, 15, 10, 0, 0, 0, time.UTC))},
		"Restored/restored":          updated(existing(1, time.Time{}), time.Date(2024, 12, 16, 8, 30, 0, 0, time.UTC)),
		"PreconditionFailed/changed": problem.Of(&membership.PreconditionFailedError{Existing: existing(2, time.Time{}), Revision: "7b0d5c4ae2f94d0f8a1c36d2e9b80f47"}, requestID, problem.Writes),
		"InvalidRequest/several":     invalid("9007199254740992", `{"scope":3,"permissions":{"group":0,"manage":[1,1.5],"read":[]}}`),
		"InvalidRequest/query":       problem.Of(query, requestID, problem.Reads),
		"UserOrganizations/first":    page(membership.Key{UserID: 1, OrganizationID: 2}, "MSB1c2VyIDEgZXhjbHVkZSAwIDIgMg"),
		"OrganizationUsers/first":    page(membership.Key{UserID: 2, OrganizationID: 1}, "MSBvcmdhbml6YXRpb24gMSBleGNsdWRlIDAgMiAy"),
		"OrganizationUsers/empty":    membership.Page{Rows: []membership.Row{}, Total: new(0), Number: 1, Size: 50},
		"MembershipExists/identical": exists(existing(1, time.Time{}), true),
		"MembershipExists/other":     exists(existing(2, time.Time{}), false),
		"MembershipExists/deleted":   exists(existing(1, time.Date(2024, 12, 15, 10, 0, 0, 0, time.UTC)), true),
	}
	maps.Copy(want, historyExamples())

	d := readDocument(t)
	seen := map[string]bool{}
	for _, s := range samples(t) {
		if o, status, found := d.find(s); found {
			seen[d.operation(o).Responses[status].name()+string(s.Body)] = true
		}
	}
	for response, r := range d.Components.Responses {
		for _, content := range r.Content {
			for example, e := range content.Examples {
				name := response + "/" + example
				made, listed := want[name]
				delete(want, name)
				switch text, err := json.Marshal(made); {
				case listed && (err != nil || string(text) != string(e.Value)):
					t.Errorf("the example %s of openapi.yaml is %s\nand the code makes %s, %v", name, e.Value, text, err)
				case !listed && !seen[response+string(e.Value)]:
					t.Errorf("the example %s of openapi.yaml is no response in functions/*/testdata or infra/gatewayresponses/testdata: "+
						"take the body of one, or add an entry to want in this test: %s", name, e.Value)
				}
			}
		}
	}
	for name := range want {
		t.Errorf("openapi.yaml has no example %s", name)
	}
}

func TestExamplesOfRequestsAreValid(t *testing.T) {
	t.Parallel()
	d := readDocument(t)
	for _, o := range openapi.Operations() {
		for mediaType, content := range d.operation(o).RequestBody.Content {
			if len(content.Examples) == 0 {
				t.Errorf("%s has no example of a request of %s", o.ID, mediaType)
			}
		}
	}
	examples := d.operation(openapi.Named("registerUserOrganization")).RequestBody.Content["application/json"].Examples
	for name, e := range examples {
		if _, err := membership.ParseRegistration(membership.RegistrationRequest{UserID: "1", OrganizationID: "1", Body: e.Value}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for mediaType, content := range d.operation(openapi.Named("changeUserOrganization")).RequestBody.Content {
		for name, e := range content.Examples {
			r := membership.WriteRequest{
				UserID: "1", OrganizationID: "1", IfMatch: []string{membership.ETag(strings.Repeat("0", 32))}, Body: e.Value,
			}
			if _, err := membership.ParseChange(r); err != nil {
				t.Errorf("%s of %s: %v", name, mediaType, err)
			}
		}
	}
}

package dynamo

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"users-organizations/pkg/membership"
)

// targets has the calls of DynamoDB that each function in do makes, in order.
var targets = map[string][]string{
	"create":                {"PutItem"},
	"create with a key":     {"PutItem"},
	"get":                   {"GetItem"},
	"change":                {"UpdateItem"},
	"remove":                {"UpdateItem"},
	"restore":               {"UpdateItem"},
	"list of a user":        {"Query"},
	"list of organization":  {"Query", "BatchGetItem"},
	"count of a user":       {"Query"},
	"count of organization": {"Query"},
}

// do calls each of the store's methods.
var do = map[string]func(context.Context, *Store) error{
	"create": func(ctx context.Context, s *Store) error {
		_, err := s.Create(ctx, sample(7))
		return err
	},
	"create with a key": func(ctx context.Context, s *Store) error {
		r := sample(7)
		r.IdempotencyKey, r.RequestHash = "k", "h"
		_, err := s.Create(ctx, r)
		return err
	},
	"get": func(ctx context.Context, s *Store) error {
		_, err := s.Get(ctx, sample(7).Key)
		return err
	},
	"change": func(ctx context.Context, s *Store) error {
		r := replacement(membership.Changed)
		r.Grant = membership.Grant{Scope: new(int64(2)), Group: new(int64(5)), Manage: []int64{}, Read: []int64{9}}
		_, err := s.Replace(ctx, r)
		return err
	},
	"remove": func(ctx context.Context, s *Store) error {
		_, err := s.Replace(ctx, replacement(membership.Removed))
		return err
	},
	"restore": func(ctx context.Context, s *Store) error {
		_, err := s.Replace(ctx, replacement(membership.Restored))
		return err
	},
	"list of a user": func(ctx context.Context, s *Store) error {
		_, _, err := s.List(ctx, membership.List{Side: membership.OfUser, ID: 7, Deleted: membership.ExcludeDeleted}, -2, 50)
		return err
	},
	"list of organization": func(ctx context.Context, s *Store) error {
		l := membership.List{Side: membership.OfOrganization, ID: -1, Deleted: membership.OnlyDeleted, Scope: 2}
		_, _, err := s.List(ctx, l, membership.MinInteger-1, 100)
		return err
	},
	"count of a user": func(ctx context.Context, s *Store) error {
		_, _, err := s.Count(ctx, membership.List{Side: membership.OfUser, ID: 7, Deleted: membership.IncludeDeleted}, 1000)
		return err
	},
	"count of organization": func(ctx context.Context, s *Store) error {
		_, _, err := s.Count(ctx, membership.List{Side: membership.OfOrganization, ID: -1, Deleted: membership.IncludeDeleted, Scope: 1}, 10000)
		return err
	},
}

func replacement(operation membership.Operation) membership.Replacement {
	return membership.Replacement{
		UserID: 7, OrganizationID: -1, RequestID: "r-2",
		Last: membership.LastChange{Revision: "new", Previous: "old", Operation: operation, ChangedBy: "bob", Hash: "h"},
		At:   time.Date(2024, 12, 10, 8, 0, 0, 0, time.UTC),
	}
}

const storedItem = `{"userId":{"N":"7"},"organizationId":{"N":"-1"},"scope":{"N":"1"},` +
	`"permissions":{"M":{"group":{"N":"0"},"manage":{"L":[]},"read":{"L":[]}}},` +
	`"createdAt":{"S":"2024-12-09T14:23:00.000Z"},"updatedAt":{"S":"2024-12-09T14:23:00.000Z"},` +
	`"registeredBy":{"S":"ada"},"requestId":{"S":"r-1"},"mark":{"S":"mark-1"}}`

// respond imitates DynamoDB, with one item in each response.
func respond(w http.ResponseWriter, r *http.Request) {
	_, call, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	_, _ = io.WriteString(w, map[string]string{
		"PutItem":      `{}`,
		"GetItem":      `{"Item":` + storedItem + `}`,
		"UpdateItem":   `{"Attributes":` + storedItem + `}`,
		"Query":        `{"Count":1,"Items":[` + storedItem + `]}`,
		"BatchGetItem": `{"Responses":{"memberships":[` + storedItem + `]},"UnprocessedKeys":{}}`,
	}[call])
}

var rewrite = flag.Bool("update", false, "write the requests to testdata")

// TestTheRequestsToDynamoDB compares the requests of each method with testdata: one
// conditional write, or consistent reads, and nothing else.
func TestTheRequestsToDynamoDB(t *testing.T) {
	t.Parallel()
	const golden = "testdata/calls.json"
	asked := map[string][]string{}
	got := map[string][]any{}
	for name, call := range do {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked[name] = append(asked[name], strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "DynamoDB_20120810."))
			var input map[string]any
			if err := json.NewDecoder(r.Body).Decode(&input); err != nil {
				t.Error(err)
			}
			got[name] = append(got[name], input)
			respond(w, r)
		}))
		if err := call(t.Context(), open(t, server.URL).Store); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		server.Close()
	}
	if !reflect.DeepEqual(asked, targets) {
		t.Errorf("called %q, want %q", asked, targets)
	}

	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(got); err != nil {
		t.Fatal(err)
	}
	if *rewrite {
		if err := os.WriteFile(golden, text.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if text.String() != string(want) {
		t.Errorf("requested\n%swant\n%s(-update writes it anew)", text.String(), want)
	}
}

package main_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"users-organizations/infra/local/eventbus/consumer"
	"users-organizations/infra/local/localtest"
	"users-organizations/pkg/openapi/openapitest"
)

func (c client) history(t *testing.T, query string, pair []any) localtest.HistoryPage {
	t.Helper()
	a := c.ask(t, "listUserOrganizationHistory", query, pair)
	var page localtest.HistoryPage
	if err := json.Unmarshal([]byte(a.body), &page); err != nil || a.status != 200 {
		t.Fatalf("%d %.300s, %v", a.status, a.body, err)
	}
	return page
}

// entriesOf gives the types of the entries, the newest first, each with its sequence.
func entriesOf(p localtest.HistoryPage) string {
	var all []string
	for _, e := range p.Data {
		number := "-"
		if e.Sequence != 0 {
			number = fmt.Sprint(e.Sequence)
		}
		all = append(all, number+" "+e.Type)
	}
	return strings.Join(all, ", ")
}

// changeInEveryWay makes every kind of change to a pair, also those that no caller
// can make, and gives the history that it must have.
func (c client) changeInEveryWay(t *testing.T, pair []any) string {
	t.Helper()
	write := func(operation, etag string, status int, body ...string) string {
		t.Helper()
		a := c.ask(t, operation, "", pair, append([]string{etag}, body...)...)
		if a.status != status {
			t.Fatalf("%s: %d %s", operation, a.status, a.body)
		}
		return a.header.Get("ETag")
	}
	registered := write("registerUserOrganization", "", 201, order)
	changed := write("changeUserOrganization", registered, 200, `{"scope":2}`)
	removed := write("removeUserOrganization", changed, 200)
	write("restoreUserOrganization", removed, 200)
	user, organization := pair[0].(int64), pair[1].(int64) //nolint:forcetypeassert,errcheck // The tests' own ids.
	if _, err := localtest.Delete(t.Context(), c.s.client(), user, organization, "2024-12-15T10:00:00.000Z"); err != nil {
		t.Fatal(err)
	}
	_, err := c.s.client().DeleteItem(t.Context(), &dynamodb.DeleteItemInput{
		TableName: aws.String(localtest.TableName), Key: localtest.Key(user, organization),
	})
	if err != nil {
		t.Fatal(err)
	}
	write("registerUserOrganization", "", 201, order)
	return "7 registered, 6 erased, 5 foreign, 4 restored, 3 removed, 2 changed, 1 registered"
}

func TestHistoriesThroughTheGateway(t *testing.T) {
	t.Parallel()
	s := start(t, options{})
	c := s.as(t)
	pair := []any{int64(77_300_001), int64(1)}
	want := c.changeInEveryWay(t, pair)
	var page localtest.HistoryPage
	until(t, "the history is complete", func() bool {
		page = c.history(t, "", pair)
		if first, _, _ := strings.Cut(entriesOf(page), ","); first != "7 registered" && first != "- registered" {
			t.Fatalf("the newest change is not shown: %s", entriesOf(page))
		}
		return page.Complete
	})
	if entriesOf(page) != want {
		t.Errorf("the history is %s, want %s", entriesOf(page), want)
	}
	var pages []string
	for query := "pageSize=3"; query != ""; {
		page := c.history(t, query, pair)
		if pages, query = append(pages, entriesOf(page)), ""; page.Pagination.Next != nil {
			query = "pageSize=3&cursor=" + *page.Pagination.Next
		}
	}
	if len(pages) != 3 || strings.Join(pages, ", ") != want {
		t.Errorf("the pages are %q", pages)
	}
	if page := c.history(t, "", []any{int64(77_300_001), int64(2)}); len(page.Data) > 0 || !page.Complete {
		t.Errorf("a pair without changes has the history %+v", page)
	}
}

// TestAHistoryWithoutItsRecorder: the newest change is shown though nothing is
// recorded.
func TestAHistoryWithoutItsRecorder(t *testing.T) {
	t.Parallel()
	binaries := copyFunctions(t)
	replace(t, binaries, "record", `api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
		while id=$(curl -sf -o /dev/null -D - "$api/next" | sed -n 's/^Lambda-Runtime-Aws-Request-Id: \([^[:space:]]*\).*/\1/p'); do
			curl -s -d '{"errorType":"off","errorMessage":"off"}' "$api/$id/error" >/dev/null
		done`)
	s := start(t, options{binaries: binaries})
	c := s.as(t)
	pair := []any{int64(77_300_002), int64(1)}
	etag := ""
	for _, step := range []struct{ operation, body, want string }{
		{"registerUserOrganization", order, "- registered"},
		{"changeUserOrganization", `{"scope":2}`, "- changed"},
		{"removeUserOrganization", "", "- removed"},
		{"restoreUserOrganization", "", "- restored"},
	} {
		a := c.ask(t, step.operation, "", pair, etag, step.body)
		etag = a.header.Get("ETag")
		page := c.history(t, "pageSize=1", pair)
		if entriesOf(page) != step.want || page.Complete || page.Data[0].ETag != etag {
			t.Errorf("after %s %d the history is %+v", step.operation, a.status, page)
		}
	}
}

// source is the source of the events (openapi.yaml), in an EventBridge event as in
// its CloudEvent.
const source = "/users-organizations/v1"

// TestAConsumerOfTheEvents: a consumer copies the memberships from the published
// events, which it gets twice and in reverse order.
func TestAConsumerOfTheEvents(t *testing.T) {
	t.Parallel()
	s := start(t, options{})
	c := s.as(t)
	members, copied := map[string]string{}, map[string]string{}
	for id := range int64(3) {
		pair := []any{77_400_000 + id, int64(1)}
		c.changeInEveryWay(t, pair)
		members[fmt.Sprintf("users/%d/organizations/1", pair[0])] = c.ask(t, "getUserOrganization", "", pair).body
	}
	pages := func(_ context.Context, user, organization int64, query url.Values) (localtest.HistoryPage, error) {
		return c.history(t, query.Encode(), []any{user, organization}), nil //nolint:contextcheck // history uses the test's.
	}
	follower := consumer.Consumer{
		Last:    map[string]int64{},
		History: localtest.ReadPage(pages).Above,
		Apply: func(_ context.Context, subject string, e consumer.Entry) error {
			copied[subject] = `{"data":` + string(e.After) + `}`
			return nil
		},
		Reload: func(_ context.Context, subject string, e consumer.Entry) error {
			return fmt.Errorf("entry %d of %s comes after a gap", e.Sequence, subject)
		},
		Report: func(_ context.Context, subject string, e consumer.Entry) error {
			return fmt.Errorf("entry %d of %s ends unreadable", e.Sequence, subject)
		},
	}
	taken := int64(0)
	until(t, "the copy is exact", func() bool {
		latest, end, err := localtest.Events(filepath.Join(s.data, "events.jsonl"), taken)
		if err != nil {
			t.Fatal(err)
		}
		taken = end
		for _, e := range slices.Backward(slices.Concat(latest, latest)) {
			openapitest.CheckEvent(t, e.Detail)
			if e.Source != source {
				t.Errorf("the event's source is %q, want %q", e.Source, source)
			}
			if err := follower.Handle(t.Context(), e); err != nil {
				t.Fatal(err)
			}
		}
		return maps.Equal(copied, members)
	})
	if !maps.Equal(copied, members) {
		t.Errorf("the copy is %v, want %v", copied, members)
	}
}

package faults_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"users-organizations/infra/local/localtest"
	"users-organizations/infra/local/template"
	"users-organizations/pkg/dynamo/engine"
)

func pairOf(user, organization int64) string { return fmt.Sprintf("%d/%d", user, organization) }

// entry is an entry of the history table, read with only the SDK.
type entry struct {
	Pair      string
	Sequence  int64
	Type      string
	By        string
	RequestID string `json:"requestId"`
	Revision  string
	Before    *localtest.Membership
	After     *localtest.Membership
	Gap       bool
	EventID   string `json:"eventId"`
	Parts     int64
	Record    []byte
}

// readEntries gives all entries of the history table, by pair, in the order of
// their sequences.
func readEntries(t *testing.T, endpoint string) map[string][]entry {
	t.Helper()
	found := map[string][]entry{}
	scan := dynamodb.NewScanPaginator(engine.Client(endpoint), &dynamodb.ScanInput{
		TableName: aws.String(template.LocalNames["HistoryTable"]), ConsistentRead: aws.Bool(true),
	})
	for scan.HasMorePages() {
		page, err := scan.NextPage(t.Context(), func(o *dynamodb.Options) { o.RetryMaxAttempts = 3 })
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range page.Items {
			e := decodeEntry(t, item)
			found[e.Pair] = append(found[e.Pair], e)
		}
	}
	for _, entries := range found {
		slices.SortFunc(entries, func(a, b entry) int { return int(a.Sequence - b.Sequence) })
	}
	return found
}

func decodeEntry(t *testing.T, item map[string]types.AttributeValue) entry {
	t.Helper()
	var e entry
	err := attributevalue.UnmarshalMapWithOptions(item, &e, func(o *attributevalue.DecoderOptions) { o.TagKey = "json" })
	if err != nil {
		t.Fatal(err)
	}
	var user, organization int64
	_, _ = fmt.Sscanf(e.Pair, "%d/%d", &user, &organization)
	for _, m := range []*localtest.Membership{e.Before, e.After} {
		if m != nil {
			m.UserID, m.OrganizationID = user, organization
		}
	}
	return e
}

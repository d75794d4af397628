package dynamo

import (
	"encoding/json/jsontext"
	"maps"
	"reflect"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"users-organizations/pkg/membership"
)

// firstLayout is an item as the first release wrote it. Such items stay in the
// tables as long as their memberships: never edit it, nor the record in the test.
var firstLayout = item{
	"userId":         number(7),
	"organizationId": number(-1),
	"scope":          number(2),
	"permissions": &types.AttributeValueMemberM{Value: item{
		"group":  number(-7),
		"manage": &types.AttributeValueMemberL{},
		"read":   &types.AttributeValueMemberL{Value: []types.AttributeValue{number(3), number(1), number(3)}},
	}},
	"createdAt":    text("2024-01-15T08:45:00.000Z"),
	"updatedAt":    text("2024-12-09T14:23:00.007Z"),
	"registeredBy": text("ada"),
	"requestId":    text("0d7f2b1c-6a57-4c1b-9a43-5d0c4f7f1a01"),
	"mark":         text("00112233445566778899aabbccddeeff"),
}

// TestItemsOfOtherReleases reads items of earlier releases, and items that the next
// release writes while both run.
func TestItemsOfOtherReleases(t *testing.T) {
	t.Parallel()
	first := membership.Record{
		UserID: 7, OrganizationID: -1, Scope: 2,
		Permissions:  membership.Permissions{Group: -7, Read: []int64{3, 1, 3}, Manage: []int64{}},
		UpdatedAt:    time.Date(2024, 12, 9, 14, 23, 0, 7e6, time.UTC),
		CreatedAt:    time.Date(2024, 1, 15, 8, 45, 0, 0, time.UTC),
		RegisteredBy: "ada", RequestID: "0d7f2b1c-6a57-4c1b-9a43-5d0c4f7f1a01", Mark: "00112233445566778899aabbccddeeff",
	}
	withKey, deleted := first, first
	withKey.IdempotencyKey, withKey.RequestHash = "k", "cedc2d38"
	deleted.DeletedAt = time.Date(2024, 12, 15, 10, 0, 0, 0, time.UTC)

	for name, c := range map[string]struct {
		more item
		want membership.Record
	}{
		"the first":             {nil, first},
		"the first, with a key": {item{"idempotencyKey": text("k"), "requestHash": text("cedc2d38")}, withKey},
		"the first, deleted":    {item{"deletedAt": text("2024-12-15T10:00:00.000Z")}, deleted},
		"a later one":           {item{"notKnownYet": number(1)}, first},
		"Scope beside scope":    {item{"Scope": number(1), "DeletedAt": text("2024-12-15T10:00:00.000Z")}, first},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			it := maps.Clone(firstLayout)
			maps.Copy(it, c.more)
			got, err := decode(it)
			if err != nil {
				t.Fatalf("%v: decode must not require an attribute that the first release did not write", err)
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("read\n%+v, want\n%+v", got, c.want)
			}
		})
	}
}

// TestItemsAsTheFirstReleaseWroteThem: that release may still read the table.
func TestItemsAsTheFirstReleaseWroteThem(t *testing.T) {
	t.Parallel()
	r, err := decode(firstLayout)
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range [][]int64{{}, nil} {
		r.Permissions.Manage = list
		if got, want := asJSON(t, encode(r)), asJSON(t, firstLayout); got != want {
			t.Errorf("wrote\n%s, want\n%s", got, want)
		}
	}
}

// asJSON is an item in DynamoDB's JSON, with sorted names.
func asJSON(t *testing.T, it item) string {
	t.Helper()
	text, err := attributevalue.MarshalMapJSON(it)
	if err != nil {
		t.Fatal(err)
	}
	value := jsontext.Value(text)
	if err := value.Canonicalize(); err != nil {
		t.Fatal(err)
	}
	return string(value)
}

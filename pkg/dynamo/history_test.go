package dynamo

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"users-organizations/pkg/history"
)

func TestDecodeEntry(t *testing.T) {
	t.Parallel()
	whole := item{
		"pair": text("7/1"), "sequence": number(1), "type": text("foreign"), "eventId": text("e"),
		"at": text("2024-12-09T14:23:00.000Z"), "latest": text("2024-12-09T14:23:00.000Z"),
	}
	for name, test := range map[string]struct {
		edit func(item)
		want string
	}{
		"as it is":             {func(item) {}, ""},
		"with parts":           {func(it item) { it["parts"] = number(2) }, ""},
		"no part":              {func(it item) { it["parts"] = number(0) }, "attribute parts is not positive"},
		"parts as a string":    {func(it item) { it["parts"] = text("2") }, "attribute parts is not an integer in range"},
		"a gap of false":       {func(it item) { it["gap"] = &types.AttributeValueMemberBOOL{} }, "attribute gap is not true"},
		"a gap as a string":    {func(it item) { it["gap"] = text("true") }, "attribute gap is not true"},
		"no event id":          {func(it item) { delete(it, "eventId") }, "attribute eventId is not a string of 1 to 1024 bytes"},
		"the longest event id": {func(it item) { it["eventId"] = text(strings.Repeat("e", 1024)) }, ""},
		"a longer one":         {func(it item) { it["eventId"] = text(strings.Repeat("e", 1025)) }, "attribute eventId is not a string of 1 to 1024 bytes"},
		"an empty before":      {func(it item) { it["before"] = &types.AttributeValueMemberM{} }, "attribute before.scope is not"},
		"a before as a string": {func(it item) { it["before"] = text("{}") }, "attribute before is not a map"},
		"no time":              {func(it item) { delete(it, "at") }, "attribute at is not a string"},
	} {
		it := maps.Clone(whole)
		test.edit(it)
		_, err := decodeEntry(it)
		if (err == nil) != (test.want == "") || err != nil && !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
	}
}

// TestPartsOfARecord: the parts of an unreadable record are stored in order, under
// the id of its event.
func TestPartsOfARecord(t *testing.T) {
	t.Parallel()
	client := newClient(t, engineURL(t))
	log := NewHistory(client, historyName)
	raw := []byte(strings.Repeat("0123456789", 80_000))
	e := history.Entry{Pair: "0.5/1", Sequence: 1, Type: history.Foreign, EventID: t.Name(), Unreadable: true, Raw: raw}
	// A repeat finds its parts stored.
	for _, e.Sequence = range []int64{1, 2} {
		if err := log.Append(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	out, err := client.Query(t.Context(), &dynamodb.QueryInput{
		TableName: aws.String(historyName), KeyConditionExpression: aws.String("#pair = :pair"),
		ExpressionAttributeNames: map[string]string{"#pair": "pair"}, ExpressionAttributeValues: item{":pair": text("record " + t.Name())},
	})
	if err != nil {
		t.Fatal(err)
	}
	var kept []byte
	for i, it := range out.Items {
		var n integer
		if wrong := n.read(it["sequence"]); wrong != nil || int(n) != i+1 {
			t.Errorf("part %d has the sequence %d", i+1, n)
		}
		if part, ok := it["record"].(*types.AttributeValueMemberB); ok {
			kept = append(kept, part.Value...)
		}
	}
	if !slices.Equal(kept, raw) {
		t.Errorf("%d parts have %d bytes, want the %d of the record", len(out.Items), len(kept), len(raw))
	}
}

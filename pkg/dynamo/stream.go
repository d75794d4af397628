package dynamo

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json/jsontext"
	"encoding/json/v2"
	"math"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"users-organizations/pkg/history"
)

// streamRecord is a record of the stream as Lambda passes it (AWS Lambda developer
// guide, "Process DynamoDB records with Lambda").
type streamRecord struct {
	EventID   string `json:"eventID"`
	EventName string `json:"eventName"`
	Change    struct {
		// ApproximateCreationDateTime is in Unix seconds.
		ApproximateCreationDateTime float64
		Keys, OldImage, NewImage    jsontext.Value
		SequenceNumber              string
	} `json:"dynamodb"`
}

// ReadChange reads a record of the memberships table's stream, and returns its
// sequence number. A record that is not of a membership becomes an unreadable
// change, so that it does not block the records after it.
func ReadChange(record []byte) (c history.Change, sequenceNumber string) {
	var r streamRecord
	err := json.Unmarshal(record, &r)
	hash := sha256.Sum256(record)
	c = history.Change{
		EventID: cmp.Or(r.EventID, hex.EncodeToString(hash[:])),
		Pair:    pairOf(r.Change.Keys),
		Before:  history.Image{Unreadable: true},
		After:   history.Image{Unreadable: true},
	}
	if ms := math.Round(1000 * r.Change.ApproximateCreationDateTime); ms > 0 && ms < maxTime {
		c.At = time.UnixMilli(int64(ms)).UTC()
	}
	if err == nil && r.hasImages() {
		c.Before = readImage(c.Pair, r.Change.OldImage)
		c.After = readImage(c.Pair, r.Change.NewImage)
	}
	if c.Before.Unreadable || c.After.Unreadable {
		c.Raw = record
	}
	return c, r.Change.SequenceNumber
}

// maxTime is the end of the year 9999 in Unix milliseconds: RFC 3339 has no later
// time.
const maxTime = 253_402_300_800_000

// hasImages says whether the record has exactly the images of its kind of event.
func (r streamRecord) hasImages() bool {
	images := map[string][2]bool{"INSERT": {false, true}, "MODIFY": {true, true}, "REMOVE": {true, false}}
	want, known := images[r.EventName]
	return known && want == [2]bool{len(r.Change.OldImage) > 0, len(r.Change.NewImage) > 0}
}

// readImage reads an image of the pair's item.
func readImage(pair history.Pair, image jsontext.Value) history.Image {
	if len(image) == 0 {
		return history.Image{}
	}
	it, err := attributevalue.UnmarshalMapJSON(image)
	if err != nil {
		return history.Image{Unreadable: true}
	}
	r, err := decode(it)
	if err != nil || history.PairOf(r.Key) != pair {
		return history.Image{Unreadable: true}
	}
	r.RequestID = r.RequestID[:min(len(r.RequestID), maxRequestID)]
	return history.Image{Record: &r}
}

// maxRequestID, in bytes, is longer than an id of API Gateway. Another writer may
// store an id that is too long for an entry.
const maxRequestID = 1 << 10

// noPair is the pair of records that do not name their item.
const noPair history.Pair = "unknown"

// pairOf returns the pair of an item's keys. They are numbers, but not always valid
// ids.
func pairOf(keys jsontext.Value) history.Pair {
	it, err := attributevalue.UnmarshalMapJSON(keys)
	if err != nil {
		return noPair
	}
	user, isUser := it["userId"].(*types.AttributeValueMemberN)
	organization, isOrganization := it["organizationId"].(*types.AttributeValueMemberN)
	if !isUser || !isOrganization {
		return noPair
	}
	return history.Pair(user.Value + "/" + organization.Value)
}

package faults_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"users-organizations/infra/local/localtest"
)

// few is the number of pairs, small enough that the callers often meet.
const few = 12

// callers are clients who write, sometimes to the table directly.
type callers struct {
	*recording

	mu sync.Mutex
	// seen is the version of each pair in the latest response.
	seen [few + 1]version
	// acknowledged are the writes that succeeded.
	acknowledged []acknowledged
	// edits are the groups that edits by hand have set, all different.
	edits []int64
	// deletions counts the items that were soft-deleted by hand, erasures those
	// that were deleted.
	deletions, erasures int
}

// version is a version of a membership.
type version struct {
	etag    string
	deleted bool
}

type acknowledged struct {
	request  localtest.Request
	response localtest.Response
}

// write makes one write of any kind.
func (w *callers) write() {
	pair := 1 + rand.Int64N(few)
	switch n := rand.IntN(100); {
	case n < 5:
		w.edit(pair)
	case n < 7:
		w.delete(pair)
	case n < 10:
		w.erase(pair)
	default:
		w.call(pair)
	}
}

// call makes one call of the service, and repeats it after a 503, and after a 412
// with the new ETag.
func (w *callers) call(pair int64) {
	seen := w.lastSeen(pair)
	kinds := []kind{change, change, change, change, remove}
	if seen.deleted {
		kinds = []kind{register, restore}
	}
	if rand.IntN(8) == 0 {
		kinds = []kind{register, change, remove, restore}
	}
	k := kinds[rand.IntN(len(kinds))]
	r := localtest.Request{
		Operation: operationOf[k],
		Caller:    []string{"ada", "bob"}[rand.IntN(2)],
		User:      pair, Organization: -pair,
		Scope: 1 + rand.Int64N(2), Group: watchedGroup, Manage: []int64{1, 2},
	}
	switch {
	case k == register:
		r.IdempotencyKey = []string{"", watchedKey + strconv.Itoa(rand.IntN(1000))}[rand.IntN(2)]
	case k == remove && rand.IntN(2) > 0:
		r.IfMatch = "*"
	default:
		r.IfMatch = seen.etag
	}
	for {
		r.ID = fmt.Sprintf("write-%d", pairs.Add(1))
		response, err := localtest.Invoke(w.t.Context(), w.functionOf(k), r)
		if err != nil {
			w.t.Errorf("%s: no response in time: %v", r.ID, err)
			return
		}
		w.noteRefusal(r, response)
		w.note(r, response)
		switch response.Status {
		case 412:
			r.IfMatch = response.ETag()
		case 503:
		default:
			return
		}
	}
}

func (w *callers) lastSeen(pair int64) version {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.seen[pair].etag == "" {
		return version{fmt.Sprintf(`"%032x"`, pair), true}
	}
	return w.seen[pair]
}

func (w *callers) note(r localtest.Request, response localtest.Response) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if etag := response.ETag(); etag != "" {
		w.seen[r.User] = version{etag, strings.Contains(response.Body, `"deletedAt":"`)}
	}
	if response.Status == 404 {
		w.seen[r.User] = version{}
	}
	if response.Status < 300 {
		w.acknowledged = append(w.acknowledged, acknowledged{r, response})
	}
}

// edit sets a group that no other write sets.
func (w *callers) edit(pair int64) {
	group := pairs.Add(1)
	_, err := w.engine().UpdateItem(w.t.Context(), &dynamodb.UpdateItemInput{
		TableName: aws.String(localtest.TableName), Key: localtest.Key(pair, -pair),
		UpdateExpression:         aws.String("SET permissions.#group = :group"),
		ConditionExpression:      aws.String("attribute_exists(userId)"),
		ExpressionAttributeNames: map[string]string{"#group": "group"},
		ExpressionAttributeValues: map[string]types.AttributeValue{
			":group": &types.AttributeValueMemberN{Value: strconv.FormatInt(group, 10)},
		},
	})
	if err == nil {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.edits = append(w.edits, group)
	}
}

func (w *callers) delete(pair int64) {
	if deleted, err := localtest.Delete(w.t.Context(), w.engine(), pair, -pair, tableTime(time.Now())); deleted != nil && err == nil {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.deletions++
	}
}

func (w *callers) erase(pair int64) {
	out, err := w.engine().DeleteItem(w.t.Context(), &dynamodb.DeleteItemInput{
		TableName: aws.String(localtest.TableName), Key: localtest.Key(pair, -pair), ReturnValues: types.ReturnValueAllOld,
	})
	if err == nil && out.Attributes != nil {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.erasures++
	}
}

// checkAcknowledged looks in the histories for each write that succeeded.
func (w *callers) checkAcknowledged(entries map[string][]entry) {
	for _, a := range w.acknowledged {
		w.checkResponse(a, entries[pairOf(a.request.User, a.request.Organization)])
	}
	edits, deletions, erasures := map[int64]int{}, 0, 0
	for _, e := range slices.Concat(slices.Collect(maps.Values(entries))...) {
		switch {
		case e.Type == "erased":
			erasures++
		case e.Type == "foreign" && e.Before.DeletedAt == nil && e.After.DeletedAt != nil:
			deletions++
		case e.Type == "foreign":
			edits[e.After.Permissions.Group]++
		}
	}
	for _, group := range w.edits {
		if edits[group] != 1 {
			w.t.Errorf("the edit %d has %d entries, want one", group, edits[group])
		}
	}
	// There may be more: a response may have been lost.
	if deletions < w.deletions || erasures < w.erasures {
		w.t.Errorf("%d deletions by hand and %d erasures have entries, want %d and %d", deletions, erasures, w.deletions, w.erasures)
	}
}

// checkResponse wants one entry with the response's revision, and one that ends with
// its membership: these differ after an edit by hand, which keeps the revision. If
// the item was erased in between, two attempts of one registration may both have
// stored it.
func (w *callers) checkResponse(a acknowledged, entries []entry) {
	data, err := a.response.Data()
	if err != nil {
		w.t.Fatal(err)
	}
	revision := strings.Trim(a.response.Headers["ETag"], `"`)
	own, erased, shown := 0, true, false
	for _, e := range entries {
		if e.Type == "erased" {
			erased = true
		}
		// A registration that is replayed after a change has no ETag.
		if e.After == nil || revision != "" && e.Revision != revision {
			continue
		}
		shown = shown || reflect.DeepEqual(e.After, &data)
		if e.Type != "foreign" {
			if own++; own > 1 && !erased && revision != "" {
				w.t.Errorf("more than one entry has the revision of %s: %+v", a.request.ID, entries)
			}
			erased = false
		}
		if e.RequestID == a.request.ID && e.By != a.request.Caller {
			w.t.Errorf("the entry %+v names another caller than %+v", e, a.request)
		}
	}
	if own == 0 || !shown {
		w.t.Errorf("%d entries have the revision of %s; one ends with %+v: %t", own, a.request.ID, data, shown)
	}
}

package dynamo

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"users-organizations/pkg/membership"
)

// past is a client whose index shows the items of an earlier time. An index of
// DynamoDB may lag; the engine's never does.
type past struct {
	Client

	mu    sync.Mutex
	index []item
}

// remember keeps the items that the index has now of an organization.
func (p *past) remember(t *testing.T, organization int64) {
	t.Helper()
	out, err := p.Client.Query(t.Context(), &dynamodb.QueryInput{
		TableName: aws.String(tableName), IndexName: aws.String(indexName),
		KeyConditionExpression:    aws.String("organizationId = :owner"),
		ExpressionAttributeValues: item{":owner": number(organization)},
	})
	if err != nil {
		t.Fatal(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.index = out.Items
}

func (p *past) Query(_ context.Context, in *dynamodb.QueryInput, _ ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error) {
	if aws.ToString(in.IndexName) != indexName || aws.ToString(in.FilterExpression) != "NOT attribute_type(deletedAt, :string)" {
		return nil, errors.New("this client can query the index of active members alone")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	var after, user int64
	if err := attributevalue.Unmarshal(in.ExpressionAttributeValues[":after"], &after); err != nil {
		return nil, err
	}
	out := &dynamodb.QueryOutput{}
	for _, it := range p.index {
		if err := attributevalue.Unmarshal(it["userId"], &user); err != nil {
			return nil, err
		}
		if user <= after {
			continue
		}
		if len(out.Items) == int(*in.Limit) {
			out.LastEvaluatedKey = out.Items[len(out.Items)-1]
			break
		}
		out.Items = append(out.Items, it)
	}
	return out, nil
}

// TestARemovedMemberIsNotListed removes members of an organization while a lagging
// index lists them.
func TestARemovedMemberIsNotListed(t *testing.T) {
	t.Parallel()
	store := open(t, engineURL(t))
	client := &past{Client: store.client}
	lagging := NewStore(client, tableName, indexName)
	organization := newUser()
	users := make([]int64, 60)
	for i := range users {
		r := sample(int64(i))
		r.OrganizationID, r.Mark = organization, membership.NewMark()
		if _, err := store.Create(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		users[i] = r.UserID
	}
	client.remember(t, organization)

	var mu sync.Mutex
	gone := map[int64]bool{}
	changes := membership.ChangeService{Store: store, Now: time.Now, NewRevision: membership.NewMark}
	var removals sync.WaitGroup
	defer removals.Wait()
	rand.Shuffle(len(users), func(i, j int) { users[i], users[j] = users[j], users[i] })
	stays, goes := users[:20], users[20:]
	removals.Go(func() {
		for _, user := range goes {
			key := membership.Key{UserID: user, OrganizationID: organization}
			_, err := changes.Remove(t.Context(), membership.Removal{Key: key}, membership.Origin{CallerID: "bob"})
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			gone[user] = true
			mu.Unlock()
		}
	})
	reads := membership.ReadService{Store: lagging}
	for last := false; !last; {
		mu.Lock()
		before := maps.Clone(gone)
		mu.Unlock()
		last = len(before) == len(goes)
		seen := map[int64]int{}
		for q := listOfOrganization(organization, 1+rand.IntN(20)); ; {
			page, err := reads.List(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range page.Rows {
				seen[row.UserID]++
				if before[row.UserID] || !row.Active() {
					t.Fatalf("user %d is listed, although removed before", row.UserID)
				}
			}
			if page.Next == "" {
				break
			}
			if q, err = q.Side.ParseList(membership.ReadRequest{
				OrganizationID: strconv.FormatInt(organization, 10), Query: map[string][]string{"cursor": {page.Next}},
			}); err != nil {
				t.Fatal(err)
			}
		}
		for _, user := range stays {
			if seen[user] != 1 {
				t.Fatalf("user %d, a member all the time, is listed %d times", user, seen[user])
			}
		}
	}
}

func listOfOrganization(id int64, size int) membership.ListQuery {
	return membership.ListQuery{
		Side: membership.OfOrganization, ID: id, Deleted: membership.ExcludeDeleted,
		PageSize: size, Page: 1, After: membership.MinInteger - 1,
	}
}

// sparing is a client whose index has some users, and whose table processes a few
// keys a call, or none.
type sparing struct {
	Client

	users []int64
	// processed is the number of keys for each call; further calls process none.
	processed []int
}

func (s *sparing) Query(context.Context, *dynamodb.QueryInput, ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error) {
	out := &dynamodb.QueryOutput{}
	for _, user := range s.users {
		out.Items = append(out.Items, keyOf(sample(user).Key))
	}
	return out, nil
}

func (s *sparing) BatchGetItem(ctx context.Context, in *dynamodb.BatchGetItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	asked := in.RequestItems[tableName]
	n := 0
	if len(s.processed) > 0 {
		n, s.processed = s.processed[0], s.processed[1:]
	}
	out := &dynamodb.BatchGetItemOutput{Responses: map[string][]map[string]types.AttributeValue{}}
	for _, key := range asked.Keys[:n] {
		var user integer
		_ = user.read(key["userId"])
		out.Responses[tableName] = append(out.Responses[tableName], encode(sample(int64(user))))
	}
	slices.Reverse(out.Responses[tableName]) // DynamoDB returns them in any order
	if n < len(asked.Keys) {
		asked.Keys = asked.Keys[n:]
		out.UnprocessedKeys = map[string]types.KeysAndAttributes{tableName: asked}
	}
	return out, nil
}

func TestUnprocessedKeysAreReadAgain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		processed []int
		took      time.Duration
		want      error
	}{
		"all at once":             {[]int{5}, 0, nil},
		"in parts":                {[]int{2, 1, 2}, 0, nil},
		"none for a while":        {[]int{0, 3, 0, 2}, 2 * Limits.Pause, nil},
		"some, and then no more":  {[]int{4}, 4500 * time.Millisecond, membership.ErrUnavailable},
		"none in the time it has": {nil, 4500 * time.Millisecond, membership.ErrUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				defer cancel()
				store := NewStore(&sparing{users: []int64{1, 2, 3, 4, 5}, processed: c.processed}, tableName, indexName)
				start := time.Now()
				records, next, err := store.List(ctx, listOfOrganization(-1, 50).List, 0, 50)
				if !errors.Is(err, c.want) || next != nil {
					t.Fatalf("List = %v, %v, want %v", next, err, c.want)
				}
				if took := time.Since(start); took != c.took {
					t.Errorf("took %v, want %v", took, c.took)
				}
				if err != nil {
					return
				}
				var users []int64
				for _, r := range records {
					users = append(users, r.UserID)
				}
				if want := []int64{1, 2, 3, 4, 5}; !reflect.DeepEqual(users, want) {
					t.Errorf("listed %v, want %v", users, want)
				}
			})
		})
	}
}

// TestAListWithAnItemThatDoesNotFit wants an error that names the item, not a list
// without it.
func TestAListWithAnItemThatDoesNotFit(t *testing.T) {
	t.Parallel()
	store := open(t, engineURL(t))
	r := sample(newUser())
	r.OrganizationID = newUser()
	it := encode(r)
	delete(it, "mark")
	if _, err := store.client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String(tableName), Item: it}); err != nil {
		t.Fatal(err)
	}
	for _, l := range []membership.List{
		{Side: membership.OfUser, ID: r.UserID, Deleted: membership.IncludeDeleted},
		{Side: membership.OfOrganization, ID: r.OrganizationID, Deleted: membership.ExcludeDeleted},
	} {
		records, _, err := store.List(t.Context(), l, membership.MinInteger-1, 10)
		if want := unreadable(r.Key, errors.New("attribute mark is not a string of 1 to 1024 bytes")).Error(); err == nil || err.Error() != want {
			t.Errorf("of %s: %v, %v, want %s", l.Side, records, err, want)
		}
	}
}

// counting is a client whose queries end after a number of pages. Each page counts
// 40 of 100 items.
type counting struct {
	Client

	pages int
	asked []item
}

func (c *counting) Query(_ context.Context, in *dynamodb.QueryInput, _ ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error) {
	c.asked = append(c.asked, in.ExclusiveStartKey)
	out := &dynamodb.QueryOutput{Count: 40, ScannedCount: 100}
	if len(c.asked) < c.pages {
		out.LastEvaluatedKey = keyOf(sample(int64(len(c.asked))).Key)
	}
	return out, nil
}

// Each Query starts after the last key of the one before. No Query follows once
// the count is above the limit.
func TestCountReadsPageAfterPage(t *testing.T) {
	t.Parallel()
	after := func(page int64) item { return keyOf(sample(page).Key) }
	for name, c := range map[string]struct {
		pages, most int
		n           int
		ok          bool
		asked       []item
	}{
		"one page":                {1, 100, 40, true, []item{nil}},
		"three pages":             {3, 1000, 120, true, []item{nil, after(1), after(2)}},
		"as many as it may":       {3, 120, 120, true, []item{nil, after(1), after(2)}},
		"one more":                {3, 119, 120, false, []item{nil, after(1), after(2)}},
		"the end on an early one": {3, 80, 120, false, []item{nil, after(1), after(2)}},
		"more on an early one":    {100, 60, 80, false, []item{nil, after(1)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := &counting{pages: c.pages}
			n, ok, err := NewStore(client, tableName, indexName).Count(t.Context(), listOfOrganization(-1, 1).List, c.most)
			if err != nil || n != c.n || ok != c.ok {
				t.Errorf("Count = %d, %v, %v, want %d, %v", n, ok, err, c.n, c.ok)
			}
			if !reflect.DeepEqual(client.asked, c.asked) {
				t.Errorf("started after %v, want %v", client.asked, c.asked)
			}
		})
	}
}

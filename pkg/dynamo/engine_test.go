package dynamo

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"users-organizations/pkg/awsclient"
	"users-organizations/pkg/dynamo/engine"
	"users-organizations/pkg/history/historytest"
	"users-organizations/pkg/membership"
	"users-organizations/pkg/membership/membershiptest"
	"users-organizations/pkg/notes"
)

const (
	tableName   = "memberships"
	indexName   = "by-organization"
	historyName = "memberships-history"
)

// The engine that the tests of this package share, or why it did not start.
var (
	embedded  *engine.Engine
	errEngine error
)

func TestMain(m *testing.M) {
	os.Exit(func() int {
		ctx := context.Background()
		if embedded, errEngine = engine.Start(ctx, engine.Options{}); errEngine == nil {
			defer embedded.Stop()
			errEngine = createTables(ctx, embedded.Endpoint())
		}
		return m.Run()
	}())
}

// engineURL is the endpoint of the engine. Only the tests that ask for it fail
// where no engine is installed.
func engineURL(t *testing.T) string {
	t.Helper()
	if errEngine != nil {
		t.Fatal(errEngine)
	}
	return embedded.Endpoint()
}

// createTables creates the tables as template.yaml has them.
func createTables(ctx context.Context, endpoint string) error {
	key := func(name string, kind types.KeyType) types.KeySchemaElement {
		return types.KeySchemaElement{AttributeName: aws.String(name), KeyType: kind}
	}
	return engine.CreateTables(ctx, endpoint, map[string]*dynamodb.CreateTableInput{"MembershipsTable": {
		TableName:   aws.String(tableName),
		BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{
			{AttributeName: aws.String("userId"), AttributeType: types.ScalarAttributeTypeN},
			{AttributeName: aws.String("organizationId"), AttributeType: types.ScalarAttributeTypeN},
		},
		KeySchema: []types.KeySchemaElement{key("userId", types.KeyTypeHash), key("organizationId", types.KeyTypeRange)},
		GlobalSecondaryIndexes: []types.GlobalSecondaryIndex{{
			IndexName:  aws.String(indexName),
			KeySchema:  []types.KeySchemaElement{key("organizationId", types.KeyTypeHash), key("userId", types.KeyTypeRange)},
			Projection: &types.Projection{ProjectionType: types.ProjectionTypeInclude, NonKeyAttributes: []string{"deletedAt", "scope"}},
		}},
	}, "HistoryTable": {
		TableName:   aws.String(historyName),
		BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{
			{AttributeName: aws.String("pair"), AttributeType: types.ScalarAttributeTypeS},
			{AttributeName: aws.String("sequence"), AttributeType: types.ScalarAttributeTypeN},
		},
		KeySchema: []types.KeySchemaElement{key("pair", types.KeyTypeHash), key("sequence", types.KeyTypeRange)},
	}})
}

func environment(name string) string {
	return map[string]string{
		"AWS_REGION": engine.Region, "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local",
	}[name]
}

// config has as many attempts as production, and gives each the time that a busy
// machine may need.
func config(t *testing.T) aws.Config {
	t.Helper()
	patient := awsclient.Limits{Attempts: Limits.Attempts, Attempt: time.Minute, Pause: time.Millisecond}
	cfg, err := awsclient.Config(environment, endpointVariable, patient)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func newClient(t *testing.T, endpoint string) *dynamodb.Client {
	t.Helper()
	cfg := config(t)
	cfg.BaseEndpoint = aws.String(endpoint)
	client, _, err := NewClient(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// table is a membershiptest.Table.
type table struct{ *Store }

func open(t *testing.T, endpoint string) table {
	t.Helper()
	return table{NewStore(newClient(t, endpoint), tableName, indexName)}
}

func (s table) Put(ctx context.Context, r membership.Record) error {
	_, err := s.client.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String(s.table), Item: encode(r)})
	return err
}

func TestStoreOnTheEmbeddedEngine(t *testing.T) {
	t.Parallel()
	store := open(t, engineURL(t))
	notes.Add(t, "store suite (pkg/dynamo): embedded engine, %s", embedded.Name())
	membershiptest.TestTable(t, store)
}

func TestHistoryOnTheEmbeddedEngine(t *testing.T) {
	t.Parallel()
	historytest.TestLog(t, NewHistory(newClient(t, engineURL(t)), historyName))
}

func TestStoreOnTheServerOfDYNAMODB_ENDPOINT(t *testing.T) {
	t.Parallel()
	endpoint := os.Getenv("DYNAMODB_ENDPOINT")
	if endpoint == "" {
		notes.Add(t, "store suite (pkg/dynamo): NOT RUN on a second server: run make test-dynamodb-local, or set DYNAMODB_ENDPOINT")
		t.Skip("DYNAMODB_ENDPOINT is not set")
	}
	notes.Add(t, "store suite (pkg/dynamo): DYNAMODB_ENDPOINT, %s", endpoint)
	if err := createTables(t.Context(), endpoint); err != nil {
		t.Fatal(err)
	}
	membershiptest.TestTable(t, open(t, endpoint))
	historytest.TestLog(t, NewHistory(newClient(t, endpoint), historyName))
}

// newUser is a user id that no other test uses, and no other run of this one.
func newUser() int64 { return rand.Int64N(membership.MaxInteger) }

func sample(user int64) membership.Record {
	at := time.Date(2024, 12, 9, 14, 23, 0, 0, time.UTC)
	return membership.Record{
		UserID: user, OrganizationID: -1, Scope: 1,
		Permissions: membership.Permissions{Group: 0, Read: []int64{1, 2}, Manage: []int64{}},
		CreatedAt:   at, UpdatedAt: at,
		RegisteredBy: "ada", RequestID: "r-1", Mark: "mark-1",
	}
}

// TestItemAsAnyClientSeesIt reads the stored item with the SDK's own decoder, as
// other programs may.
func TestItemAsAnyClientSeesIt(t *testing.T) {
	t.Parallel()
	store := open(t, engineURL(t))
	withKey := sample(newUser())
	withKey.IdempotencyKey, withKey.RequestHash = "k", "h"
	common := map[string]any{
		"organizationId": -1., "scope": 1.,
		"permissions": map[string]any{"group": 0., "manage": []any{}, "read": []any{1., 2.}},
		"createdAt":   "2024-12-09T14:23:00.000Z", "updatedAt": "2024-12-09T14:23:00.000Z",
		"registeredBy": "ada", "requestId": "r-1", "mark": "mark-1",
	}
	for name, c := range map[string]struct {
		record membership.Record
		more   map[string]any
	}{
		"without a key": {sample(newUser()), nil},
		"with a key":    {withKey, map[string]any{"idempotencyKey": "k", "requestHash": "h"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := store.Create(t.Context(), c.record); err != nil {
				t.Fatal(err)
			}
			out, err := newClient(t, engineURL(t)).GetItem(t.Context(), &dynamodb.GetItemInput{
				TableName: aws.String(tableName), Key: item{"userId": number(c.record.UserID), "organizationId": number(-1)},
			})
			if err != nil {
				t.Fatal(err)
			}
			var got map[string]any
			if err := attributevalue.UnmarshalMap(out.Item, &got); err != nil {
				t.Fatal(err)
			}
			want := maps.Clone(common)
			want["userId"] = float64(c.record.UserID)
			maps.Copy(want, c.more)
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got  %v\nwant %v", got, want)
			}
		})
	}
}

func TestItemThatDoesNotFit(t *testing.T) {
	t.Parallel()
	store := open(t, engineURL(t))
	for name, c := range map[string]struct {
		change func(item)
		want   string
	}{
		"no scope":              {func(it item) { delete(it, "scope") }, "attribute scope is not an integer in range"},
		"scope a string":        {func(it item) { it["scope"] = text("1") }, "attribute scope is not an integer in range"},
		"scope a fraction":      {func(it item) { it["scope"] = &types.AttributeValueMemberN{Value: "1.5"} }, "attribute scope is not an integer in range"},
		"group below the range": {func(it item) { rightsOf(it)["group"] = &types.AttributeValueMemberN{Value: "-9007199254740992"} }, "attribute permissions.group is not an integer in range"},
		"group out of range":    {func(it item) { rightsOf(it)["group"] = &types.AttributeValueMemberN{Value: "9007199254740992"} }, "attribute permissions.group is not an integer in range"},
		"no permissions":        {func(it item) { delete(it, "permissions") }, "attribute permissions is not a map"},
		"read a number set":     {func(it item) { rightsOf(it)["read"] = &types.AttributeValueMemberNS{Value: []string{"1"}} }, "attribute permissions.read is not a list of at most 1000 integers"},
		"manage holds a string": {func(it item) {
			rightsOf(it)["manage"] = &types.AttributeValueMemberL{Value: []types.AttributeValue{number(1), text("2")}}
		}, "attribute permissions.manage[1] is not an integer in range"},
		"createdAt without milliseconds": {func(it item) { it["createdAt"] = text("2024-12-09T14:23:00Z") }, "attribute createdAt is not a time"},
		"no updatedAt":                   {func(it item) { delete(it, "updatedAt") }, "attribute updatedAt is not a string"},
		"scope 3":                        {func(it item) { it["scope"] = number(3) }, "attribute scope is not 1 or 2"},
		"an empty mark":                  {func(it item) { it["mark"] = text("") }, "attribute mark is not a string of 1 to 1024 bytes"},
		"an empty registeredBy":          {func(it item) { it["registeredBy"] = text("") }, "attribute registeredBy is not a string of 1 to 1024 bytes"},
		"no mark":                        {func(it item) { delete(it, "mark") }, "attribute mark is not a string"},
		"no registeredBy":                {func(it item) { delete(it, "registeredBy") }, "attribute registeredBy is not a string"},
		"an empty hash":                  {func(it item) { it["idempotencyKey"], it["requestHash"] = text("k"), text("") }, "attribute requestHash is not a string of 1 to 1024 bytes"},
		"an empty key":                   {func(it item) { it["idempotencyKey"], it["requestHash"] = text(""), text("h") }, "attribute idempotencyKey is not a string of 1 to 1024 bytes"},
		"a revision alone":               {func(it item) { it["revision"] = text("r") }, "attribute previous is not a string, attribute operation is not a string, attribute changedBy is not a string, attribute changeHash is not a string"},
		"a change without its revision":  {func(it item) { maps.Copy(it, lastChange()); delete(it, "revision") }, "attribute revision is not a string"},
		"an empty revision":              {func(it item) { maps.Copy(it, lastChange()); it["revision"] = text("") }, "attribute revision is not a string of 1 to 1024 bytes"},
		"an unknown operation":           {func(it item) { maps.Copy(it, lastChange()); it["operation"] = text("erased") }, "attribute operation is not changed, removed or restored"},
		"a key without its hash":         {func(it item) { it["idempotencyKey"] = text("k") }, "attribute requestHash is not a string"},
		"Scope, not scope":               {func(it item) { it["Scope"] = it["scope"]; delete(it, "scope") }, "attribute scope is not an integer in range"},
		"Group, not group":               {func(it item) { r := rightsOf(it); r["Group"] = r["group"]; delete(r, "group") }, "attribute permissions.group is not an integer in range"},
		"a NULL scope":                   {func(it item) { it["scope"] = null }, "attribute scope is not an integer in range"},
		"a NULL key and hash":            {func(it item) { it["idempotencyKey"], it["requestHash"] = null, null }, "attribute idempotencyKey is not a string"},
		"each misfit":                    {func(it item) { delete(it, "mark"); rightsOf(it)["read"] = null }, "permissions.read is not a list of at most 1000 integers, attribute mark is"},
		"a hash without its key":         {func(it item) { it["requestHash"] = text("h") }, "attribute idempotencyKey is not a string"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := sample(newUser())
			it := encode(r)
			c.change(it)
			if _, err := newClient(t, engineURL(t)).PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String(tableName), Item: it}); err != nil {
				t.Fatal(err)
			}
			r.Mark = "another"
			_, err := store.Create(t.Context(), r)
			var occupied *membership.OccupiedError
			if errors.As(err, &occupied) || errors.Is(err, membership.ErrUnavailable) || err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Create = %v, want an error with %q", err, c.want)
			}
		})
	}
}

func lastChange() item {
	return item{
		"revision": text("r"), "previous": text("p"), "operation": text("changed"), "changedBy": text("bob"), "changeHash": text("h"),
	}
}

func rightsOf(it item) item {
	return it["permissions"].(*types.AttributeValueMemberM).Value //nolint:errcheck,forcetypeassert // encode wrote it
}

func TestOnlyAStringInDeletedAtMeansDeleted(t *testing.T) {
	t.Parallel()
	store := open(t, engineURL(t))
	for name, c := range map[string]struct {
		deletedAt types.AttributeValue
		active    bool
	}{
		"null":     {&types.AttributeValueMemberNULL{Value: true}, true},
		"a number": {number(1733754180), true},
		"true":     {&types.AttributeValueMemberBOOL{Value: true}, true},
		"a time":   {text("2024-11-15T10:00:00.000Z"), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := sample(newUser())
			it := encode(r)
			it["deletedAt"] = c.deletedAt
			if _, err := newClient(t, engineURL(t)).PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String(tableName), Item: it}); err != nil {
				t.Fatal(err)
			}
			r.Mark = "another"
			replaced, err := store.Create(t.Context(), r)
			var occupied *membership.OccupiedError
			if c.active && (!errors.As(err, &occupied) || !occupied.Record.Active()) {
				t.Errorf("Create = %+v, %v, want an OccupiedError with an active record", replaced, err)
			}
			if !c.active && (err != nil || !reflect.DeepEqual(text(replaced.DeletedAt), c.deletedAt)) {
				t.Errorf("Create = %+v, %v, want the deleted one replaced", replaced, err)
			}
		})
	}
}

// TestDeletedAtIsNotATime has items that count as deleted for the conditions, but do
// not fit the layout.
func TestDeletedAtIsNotATime(t *testing.T) {
	t.Parallel()
	store := open(t, engineURL(t))
	for _, deletedAt := range []string{"yesterday", "", "0001-01-01T00:00:00.000Z"} {
		r := sample(newUser())
		it := encode(r)
		it["deletedAt"] = text(deletedAt)
		if _, err := newClient(t, engineURL(t)).PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String(tableName), Item: it}); err != nil {
			t.Fatal(err)
		}
		_, err := store.Get(t.Context(), r.Key)
		if err == nil || !strings.Contains(err.Error(), "attribute deletedAt is not a time") {
			t.Errorf("%q: Get = %v, want the attribute named", deletedAt, err)
		}
		// The item has the mark of this registration, which must not replace it.
		if _, err := store.Create(t.Context(), r); err == nil || !strings.Contains(err.Error(), "attribute deletedAt is not a time") {
			t.Errorf("%q: Create = %v, want the attribute named", deletedAt, err)
		}
	}
}

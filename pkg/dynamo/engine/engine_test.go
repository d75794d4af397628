package engine_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"users-organizations/pkg/dynamo/engine"
)

var (
	userID         = aws.String("userId")
	organizationID = aws.String("organizationId")
	// memberships has the tables of an older local system, indexed those of the
	// next one.
	memberships = tables()
	indexed     = tables(types.GlobalSecondaryIndex{
		IndexName:  aws.String("by-organization"),
		KeySchema:  keys(organizationID, userID),
		Projection: &types.Projection{ProjectionType: types.ProjectionTypeInclude, NonKeyAttributes: []string{"scope"}},
	})
)

func tables(indexes ...types.GlobalSecondaryIndex) map[string]*dynamodb.CreateTableInput {
	return map[string]*dynamodb.CreateTableInput{"MembershipsTable": {
		TableName:   aws.String("memberships"),
		BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{
			{AttributeName: userID, AttributeType: "N"}, {AttributeName: organizationID, AttributeType: "N"},
		},
		KeySchema:              keys(userID, organizationID),
		GlobalSecondaryIndexes: indexes,
	}}
}

func keys(partition, sort *string) []types.KeySchemaElement {
	return []types.KeySchemaElement{{AttributeName: partition, KeyType: "HASH"}, {AttributeName: sort, KeyType: "RANGE"}}
}

func TestDataOutlivesTheEngine(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	key := map[string]types.AttributeValue{
		"userId":         &types.AttributeValueMemberN{Value: "1"},
		"organizationId": &types.AttributeValueMemberN{Value: "-9007199254740991"},
	}

	first := start(t, dir)
	if err := engine.CreateTables(t.Context(), first.Endpoint(), memberships); err != nil {
		t.Fatal(err)
	}
	put := &dynamodb.PutItemInput{TableName: aws.String("memberships"), Item: key}
	if _, err := engine.Client(first.Endpoint()).PutItem(t.Context(), put); err != nil {
		t.Fatal(err)
	}
	first.Stop()

	second := start(t, dir)
	if err := engine.CreateTables(t.Context(), second.Endpoint(), memberships); err != nil {
		t.Fatalf("a table that is there already: %v", err)
	}
	get := &dynamodb.GetItemInput{TableName: aws.String("memberships"), Key: key}
	got, err := engine.Client(second.Endpoint()).GetItem(t.Context(), get)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Item) != 2 {
		t.Errorf("the item after a restart is %v, want both of its keys", got.Item)
	}
}

func TestAnOlderTableGetsTheIndex(t *testing.T) {
	t.Parallel()
	e := start(t, "")
	client := engine.Client(e.Endpoint())
	put := func(user string) {
		t.Helper()
		item := map[string]types.AttributeValue{"x": &types.AttributeValueMemberS{Value: "not in the index"}}
		for name, n := range map[string]string{"userId": user, "organizationId": "7", "scope": "2"} {
			item[name] = &types.AttributeValueMemberN{Value: n}
		}
		if _, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("memberships"), Item: item}); err != nil {
			t.Fatal(err)
		}
	}
	if err := engine.CreateTables(t.Context(), e.Endpoint(), memberships); err != nil {
		t.Fatal(err)
	}
	put("-1")
	for range 2 {
		if err := engine.CreateTables(t.Context(), e.Endpoint(), indexed); err != nil {
			t.Fatal(err)
		}
	}
	put("3")

	out, err := client.Query(t.Context(), &dynamodb.QueryInput{
		TableName: aws.String("memberships"), IndexName: aws.String("by-organization"),
		KeyConditionExpression:    aws.String("organizationId = :o"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":o": &types.AttributeValueMemberN{Value: "7"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, item := range out.Items {
		user, _ := item["userId"].(*types.AttributeValueMemberN)
		got = append(got, user.Value)
		if len(item) != 3 {
			t.Errorf("the index has %v, want both keys and the scope", item)
		}
	}
	if !slices.Equal(got, []string{"-1", "3"}) {
		t.Errorf("the index has the users %v, want those of the items from before and after it", got)
	}
}

// TestATableIsUsedOnceItsIndexIsBuilt has a server that builds the index slowly, as
// DynamoDB does.
func TestATableIsUsedOnceItsIndexIsBuilt(t *testing.T) {
	t.Parallel()
	const table = `{"Table":{"TableStatus":"ACTIVE","GlobalSecondaryIndexes":[%s]}}`
	const index = `{"IndexName":"by-organization","IndexStatus":%q}`
	descriptions := []string{
		fmt.Sprintf(table, ""),
		fmt.Sprintf(table, fmt.Sprintf(index, "CREATING")),
		fmt.Sprintf(table, fmt.Sprintf(index, "ACTIVE")),
	}
	var calls []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, call, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		calls = append(calls, call)
		switch call {
		case "CreateTable":
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"__type":"com.amazonaws.dynamodb.v20120810#ResourceInUseException"}`)
		case "UpdateTable":
			_, _ = io.WriteString(w, "{}")
		default:
			_, _ = io.WriteString(w, descriptions[0])
			descriptions = descriptions[1:]
		}
	}))
	t.Cleanup(server.Close)
	if err := engine.CreateTables(t.Context(), server.URL, indexed); err != nil {
		t.Fatal(err)
	}
	if want := []string{"CreateTable", "DescribeTable", "UpdateTable", "DescribeTable", "DescribeTable"}; !slices.Equal(calls, want) {
		t.Errorf("the calls are %v, want %v", calls, want)
	}
}

func TestEnginesDoNotShareMemory(t *testing.T) {
	t.Parallel()
	one, other := start(t, ""), start(t, "")
	if err := engine.CreateTables(t.Context(), one.Endpoint(), memberships); err != nil {
		t.Fatal(err)
	}
	list, err := engine.Client(other.Endpoint()).ListTables(t.Context(), &dynamodb.ListTablesInput{})
	if err != nil {
		t.Fatal(err)
	}
	if len(list.TableNames) != 0 {
		t.Errorf("the other engine has the tables %v, want none", list.TableNames)
	}
}

func TestStartSaysWhyTheEngineEnded(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "dynamodb.sqlite"), 0o700); err != nil {
		t.Fatal(err)
	}
	e, err := engine.Start(t.Context(), engine.Options{DataDir: dir})
	if err == nil {
		e.Stop()
		t.Fatal("started although its file is a directory")
	}
	t.Log(err)
}

func TestCreateTablesNamesTheServerThatDoesNotRespond(t *testing.T) {
	t.Parallel()
	e := start(t, "")
	e.Stop()
	err := engine.CreateTables(t.Context(), e.Endpoint(), memberships)
	if err == nil {
		t.Fatal("no error from a server that has stopped")
	}
	t.Log(err)
}

func start(t *testing.T, dir string) *engine.Engine {
	t.Helper()
	e, err := engine.Start(t.Context(), engine.Options{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Stop)
	t.Logf("engine: %s at %s", e.Name(), e.Endpoint())
	return e
}

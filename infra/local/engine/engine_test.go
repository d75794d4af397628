package engine_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"users-organizations/infra/local/engine"
)

var memberships = engine.Table{
	Name:         "memberships",
	PartitionKey: "userId", PartitionType: "N",
	SortKey: "organizationId", SortType: "N",
}

func TestDataOutlivesTheEngine(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	key := map[string]types.AttributeValue{
		"userId":         &types.AttributeValueMemberN{Value: "1"},
		"organizationId": &types.AttributeValueMemberN{Value: "-9007199254740991"},
	}

	first := start(t, dir)
	if err := engine.CreateTable(t.Context(), first.Endpoint(), memberships); err != nil {
		t.Fatal(err)
	}
	put := &dynamodb.PutItemInput{TableName: aws.String("memberships"), Item: key}
	if _, err := engine.Client(first.Endpoint()).PutItem(t.Context(), put); err != nil {
		t.Fatal(err)
	}
	first.Stop()

	second := start(t, dir)
	if err := engine.CreateTable(t.Context(), second.Endpoint(), memberships); err != nil {
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

func TestEnginesDoNotShareMemory(t *testing.T) {
	t.Parallel()
	one, other := start(t, ""), start(t, "")
	if err := engine.CreateTable(t.Context(), one.Endpoint(), memberships); err != nil {
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
		t.Fatal("started on a directory in the place of its file")
	}
	t.Log(err)
}

func TestCreateTableNamesTheServerThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	e := start(t, "")
	e.Stop()
	err := engine.CreateTable(t.Context(), e.Endpoint(), memberships)
	if err == nil {
		t.Fatal("no error from a server that is gone")
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

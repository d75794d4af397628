package dynamo

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"users-organizations/pkg/membership"
)

type item = map[string]types.AttributeValue

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

// attribute is a field of a layout. The SDK's attributevalue writes it. Its rules
// for reading accept too much, so they are not used: a missing or NULL number is 0,
// a string takes a number, and Scope counts as scope.
type attribute[T any, F form[T]] struct{ value T }

// MarshalDynamoDBAttributeValue implements attributevalue.Marshaler.
func (a attribute[T, F]) MarshalDynamoDBAttributeValue() (types.AttributeValue, error) {
	var f F
	return f.write(a.value), nil
}

// reader is an attribute of any type.
type reader interface {
	read(types.AttributeValue) (wrong []string)
}

func (a *attribute[T, F]) read(v types.AttributeValue) (wrong []string) {
	var f F
	a.value, wrong = f.read(v)
	return wrong
}

// marshal writes a layout whose fields are all attributes.
func marshal(layout any) item {
	it, err := attributevalue.MarshalMapWithOptions(layout, func(o *attributevalue.EncoderOptions) {
		o.OmitNullAttributeValues = true
	})
	if err != nil {
		panic(fmt.Sprintf("write the attributes of an item: %v", err))
	}
	return it
}

// unmarshal fills the layout that out points to, whose fields are all attributes.
// For each misfit it returns the attribute's name and what is wrong.
func unmarshal(it item, out any) (wrong []string) {
	layout := reflect.ValueOf(out).Elem()
	for i, name := range namesOf(layout.Type()) {
		a, ok := reflect.TypeAssert[reader](layout.Field(i).Addr())
		if !ok {
			panic(name + " is not an attribute")
		}
		for _, words := range a.read(it[name]) {
			wrong = append(wrong, name+words)
		}
	}
	return wrong
}

// namesByType caches namesOf: a []string for each reflect.Type.
var namesByType sync.Map

// namesOf returns the names of a layout's attributes in the order of its fields.
func namesOf(layout reflect.Type) []string {
	if names, ok := namesByType.Load(layout); ok {
		return names.([]string) //nolint:errcheck,forcetypeassert // stored below
	}
	var names []string
	for field := range layout.Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("dynamodbav"), ",")
		names = append(names, name)
	}
	namesByType.Store(layout, names)
	return names
}

type (
	integer      = attribute[int64, integerForm]
	role         = attribute[int64, roleForm]
	integers     = attribute[[]int64, listForm]
	anyText      = attribute[string, textForm]
	someText     = attribute[string, someTextForm]
	optionalText = attribute[string, optionalTextForm]
	operation    = attribute[membership.Operation, operationForm]
	moment       = attribute[time.Time, momentForm]
	deletion     = attribute[time.Time, deletionForm]
	boolean      = attribute[bool, booleanForm]
	count        = attribute[int64, countForm]
)

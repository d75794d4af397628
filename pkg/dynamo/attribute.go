package dynamo

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

type item = map[string]types.AttributeValue

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

func list(ns []int64) types.AttributeValue {
	values := make([]types.AttributeValue, len(ns))
	for i, n := range ns {
		values[i] = number(n)
	}
	return &types.AttributeValueMemberL{Value: values}
}

// attribute is a field of a layout. A pointer is nil if its attribute is absent. The
// SDK's attributevalue writes it. Its rules for reading accept too much, so they are
// not used: a missing or NULL number is 0, a string takes a number, and Scope counts
// as scope.
type attribute interface {
	// read takes nil for an absent attribute. wrong says what does not fit, in
	// words that follow the attribute's name.
	read(types.AttributeValue) (wrong []string)
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
		field, value := layout.Field(i).Addr(), it[name]
		if field.Elem().Kind() == reflect.Pointer {
			if value == nil {
				continue
			}
			field.Elem().Set(reflect.New(field.Type().Elem().Elem()))
			field = field.Elem()
		}
		a, ok := reflect.TypeAssert[attribute](field)
		if !ok {
			panic(name + " is not an attribute")
		}
		for _, words := range a.read(value) {
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

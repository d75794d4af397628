package main

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// itemBytes is the size of an item as DynamoDB counts it for write units (DynamoDB
// developer guide, "DynamoDB item sizes and formats"). The guide gives a range for
// numbers; this is its upper end.
func itemBytes(item map[string]types.AttributeValue) int {
	n := 0
	for name, value := range item {
		n += len(name) + valueBytes(value)
	}
	return n
}

func valueBytes(v types.AttributeValue) int {
	// The bytes that every list and map adds, and each element in it.
	const container, element = 3, 1
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return len(v.Value)
	case *types.AttributeValueMemberN:
		digits := strings.Trim(v.Value, "-0")
		n := (len(digits)+1)/2 + 1
		if strings.HasPrefix(v.Value, "-") {
			n++
		}
		return n
	case *types.AttributeValueMemberL:
		n := container
		for _, each := range v.Value {
			n += element + valueBytes(each)
		}
		return n
	case *types.AttributeValueMemberM:
		return container + element*len(v.Value) + itemBytes(v.Value)
	default:
		return 1
	}
}

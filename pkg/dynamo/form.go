package dynamo

import (
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"users-organizations/pkg/membership"
)

// The forms of attributes. Those that may be absent are for fields with omitempty.
type (
	// integer is a number in the range of a membership's integers.
	integer int64
	// role is a number that membership.IsScope accepts.
	role int64
	// count is a positive number, or absent.
	count int64
	// integers is a list of integers. A set is refused. nil would be written as NULL.
	integers []int64

	anyText string
	// someText is a string of 1 to maxText bytes.
	someText string
	// optionalText is a someText, or absent.
	optionalText string
	// operation is the word of an operation, or absent.
	operation membership.Operation

	// moment is a time, written as callers see it.
	moment time.Time
	// deletion is the time of the deletion, or absent. As in the conditions, an
	// attribute that is not a string does not count as deleted.
	deletion time.Time

	// boolean is true, or absent.
	boolean bool
)

// maxText, in bytes, is longer than any text that the service writes.
const maxText = 1 << 10

var null = &types.AttributeValueMemberNULL{Value: true}

func is(want string) []string { return []string{" is not " + want} }

func (n *integer) read(v types.AttributeValue) []string {
	if number, ok := v.(*types.AttributeValueMemberN); ok {
		i, err := strconv.ParseInt(number.Value, 10, 64)
		if err == nil && i >= membership.MinInteger && i <= membership.MaxInteger {
			*n = integer(i)
			return nil
		}
	}
	return is("an integer in range")
}

func (r *role) read(v types.AttributeValue) []string {
	wrong := (*integer)(r).read(v)
	if wrong == nil && !membership.IsScope(int64(*r)) {
		return is("1 or 2")
	}
	return wrong
}

func (c *count) read(v types.AttributeValue) []string {
	if v == nil {
		return nil
	}
	wrong := (*integer)(c).read(v)
	if wrong == nil && *c < 1 {
		return is("positive")
	}
	return wrong
}

func (ns *integers) read(v types.AttributeValue) []string {
	list, ok := v.(*types.AttributeValueMemberL)
	if !ok || len(list.Value) > membership.MaxItems {
		return is(fmt.Sprintf("a list of at most %d integers", membership.MaxItems))
	}
	*ns = make(integers, len(list.Value))
	for i, v := range list.Value {
		var n integer
		if wrong := n.read(v); wrong != nil {
			return []string{fmt.Sprintf("[%d]%s", i, wrong[0])}
		}
		(*ns)[i] = int64(n)
	}
	return nil
}

func (t *anyText) read(v types.AttributeValue) []string {
	s, ok := v.(*types.AttributeValueMemberS)
	if !ok {
		return is("a string")
	}
	*t = anyText(s.Value)
	return nil
}

func (t *someText) read(v types.AttributeValue) []string {
	s, ok := v.(*types.AttributeValueMemberS)
	if !ok || s.Value == "" || len(s.Value) > maxText {
		return is(fmt.Sprintf("a string of 1 to %d bytes", maxText))
	}
	*t = someText(s.Value)
	return nil
}

func (t *optionalText) read(v types.AttributeValue) []string {
	if v == nil {
		return nil
	}
	return (*someText)(t).read(v)
}

func (o *operation) read(v types.AttributeValue) []string {
	wrong := (*optionalText)(o).read(v)
	switch membership.Operation(*o) {
	case "", membership.Changed, membership.Removed, membership.Restored:
		return wrong
	}
	return is("changed, removed or restored")
}

func (m *moment) read(v types.AttributeValue) []string {
	var s anyText
	if wrong := s.read(v); wrong != nil {
		return wrong
	}
	t, err := membership.ParseTime(string(s))
	if err != nil {
		return is("a time in UTC with milliseconds")
	}
	*m = moment(t)
	return nil
}

// MarshalDynamoDBAttributeValue implements attributevalue.Marshaler.
func (m moment) MarshalDynamoDBAttributeValue() (types.AttributeValue, error) {
	return text(membership.FormatTime(time.Time(m))), nil
}

// MarshalDynamoDBAttributeValue implements attributevalue.Marshaler.
func (d deletion) MarshalDynamoDBAttributeValue() (types.AttributeValue, error) {
	if time.Time(d).IsZero() {
		return null, nil
	}
	return moment(d).MarshalDynamoDBAttributeValue()
}

func (d *deletion) read(v types.AttributeValue) []string {
	if _, ok := v.(*types.AttributeValueMemberS); !ok {
		return nil
	}
	wrong := (*moment)(d).read(v)
	if wrong == nil && time.Time(*d).IsZero() {
		// For the conditions it is deleted, for Membership.Active it is active.
		return is("a time in UTC with milliseconds, after the year 1 began")
	}
	return wrong
}

func (b *boolean) read(v types.AttributeValue) []string {
	if v == nil {
		return nil
	}
	if is, ok := v.(*types.AttributeValueMemberBOOL); ok && is.Value {
		*b = true
		return nil
	}
	return is("true")
}

// readMap reads a map whose attributes are the fields of layout.
func readMap(v types.AttributeValue, layout any) (wrong []string) {
	m, ok := v.(*types.AttributeValueMemberM)
	if !ok {
		return is("a map")
	}
	for _, words := range unmarshal(m.Value, layout) {
		wrong = append(wrong, "."+words)
	}
	return wrong
}

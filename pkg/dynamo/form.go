package dynamo

import (
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"users-organizations/pkg/membership"
)

// form is how the table stores a value of type T.
type form[T any] interface {
	// read takes nil for an absent attribute. wrong says what does not fit, in
	// words that follow the attribute's name.
	read(types.AttributeValue) (value T, wrong []string)
	// write returns NULL for a value that the item leaves out.
	write(value T) types.AttributeValue
}

var null = &types.AttributeValueMemberNULL{Value: true}

func is(want string) []string { return []string{" is not " + want} }

// integerForm is a number in the range of a membership's integers.
type integerForm struct{}

func (integerForm) write(n int64) types.AttributeValue { return number(n) }

func (integerForm) read(v types.AttributeValue) (int64, []string) {
	if n, ok := v.(*types.AttributeValueMemberN); ok {
		i, err := strconv.ParseInt(n.Value, 10, 64)
		if err == nil && i >= membership.MinInteger && i <= membership.MaxInteger {
			return i, nil
		}
	}
	return 0, is("an integer in range")
}

// roleForm is a number that membership.IsScope accepts.
type roleForm struct{ integerForm }

func (f roleForm) read(v types.AttributeValue) (int64, []string) {
	n, wrong := f.integerForm.read(v)
	if wrong == nil && !membership.IsScope(n) {
		wrong = is("1 or 2")
	}
	return n, wrong
}

// listForm is a list of such numbers. A set is refused.
type listForm struct{}

func (listForm) write(ns []int64) types.AttributeValue {
	list := make([]types.AttributeValue, len(ns))
	for i, n := range ns {
		list[i] = number(n)
	}
	return &types.AttributeValueMemberL{Value: list}
}

func (listForm) read(v types.AttributeValue) ([]int64, []string) {
	list, ok := v.(*types.AttributeValueMemberL)
	if !ok || len(list.Value) > membership.MaxItems {
		return nil, is(fmt.Sprintf("a list of at most %d integers", membership.MaxItems))
	}
	ns := make([]int64, len(list.Value))
	for i, v := range list.Value {
		n, wrong := integerForm{}.read(v)
		if wrong != nil {
			return nil, []string{fmt.Sprintf("[%d]%s", i, wrong[0])}
		}
		ns[i] = n
	}
	return ns, nil
}

// textForm is a string.
type textForm struct{}

func (textForm) write(s string) types.AttributeValue { return text(s) }

func (textForm) read(v types.AttributeValue) (string, []string) {
	if s, ok := v.(*types.AttributeValueMemberS); ok {
		return s.Value, nil
	}
	return "", is("a string")
}

// maxText, in bytes, is longer than any text that the service writes.
const maxText = 1 << 10

// someTextForm is a string of 1 to maxText bytes.
type someTextForm struct{ textForm }

func (f someTextForm) read(v types.AttributeValue) (string, []string) {
	s, _ := f.textForm.read(v)
	if s == "" || len(s) > maxText {
		return "", is(fmt.Sprintf("a string of 1 to %d bytes", maxText))
	}
	return s, nil
}

// optionalTextForm is a string that is not empty, or absent.
type optionalTextForm struct{ someTextForm }

func (f optionalTextForm) write(s string) types.AttributeValue {
	if s == "" {
		return null
	}
	return text(s)
}

func (f optionalTextForm) read(v types.AttributeValue) (string, []string) {
	if v == nil {
		return "", nil
	}
	return f.someTextForm.read(v)
}

// operationForm is the word of an operation, or absent.
type operationForm struct{}

func (operationForm) write(o membership.Operation) types.AttributeValue {
	return optionalTextForm{}.write(string(o))
}

func (operationForm) read(v types.AttributeValue) (membership.Operation, []string) {
	s, wrong := optionalTextForm{}.read(v)
	switch o := membership.Operation(s); o {
	case "", membership.Changed, membership.Removed, membership.Restored:
		return o, wrong
	}
	return "", is("changed, removed or restored")
}

// momentForm is a time as callers see it.
type momentForm struct{}

func (momentForm) write(t time.Time) types.AttributeValue { return text(membership.FormatTime(t)) }

func (momentForm) read(v types.AttributeValue) (time.Time, []string) {
	s, wrong := textForm{}.read(v)
	if wrong != nil {
		return time.Time{}, wrong
	}
	t, err := membership.ParseTime(s)
	if err != nil {
		return time.Time{}, is("a time in UTC with milliseconds")
	}
	return t, nil
}

// deletionForm is the time of the deletion, or absent. As in the conditions, an
// attribute that is not a string does not count as deleted.
type deletionForm struct{ momentForm }

func (f deletionForm) write(t time.Time) types.AttributeValue {
	if t.IsZero() {
		return null
	}
	return f.momentForm.write(t)
}

func (f deletionForm) read(v types.AttributeValue) (time.Time, []string) {
	if _, ok := v.(*types.AttributeValueMemberS); !ok {
		return time.Time{}, nil
	}
	t, wrong := f.momentForm.read(v)
	if wrong == nil && t.IsZero() {
		// For the conditions it is deleted, for Membership.Active it is active.
		wrong = is("a time in UTC with milliseconds, after the year 1 began")
	}
	return t, wrong
}

// booleanForm is true, or absent.
type booleanForm struct{}

func (booleanForm) write(b bool) types.AttributeValue {
	if !b {
		return null
	}
	return &types.AttributeValueMemberBOOL{Value: true}
}

func (booleanForm) read(v types.AttributeValue) (bool, []string) {
	if v == nil {
		return false, nil
	}
	if b, ok := v.(*types.AttributeValueMemberBOOL); ok && b.Value {
		return true, nil
	}
	return false, is("true")
}

// countForm is a positive number, or absent.
type countForm struct{ integerForm }

func (f countForm) write(n int64) types.AttributeValue {
	if n == 0 {
		return null
	}
	return f.integerForm.write(n)
}

func (f countForm) read(v types.AttributeValue) (int64, []string) {
	if v == nil {
		return 0, nil
	}
	n, wrong := f.integerForm.read(v)
	if wrong == nil && n < 1 {
		wrong = is("positive")
	}
	return n, wrong
}

// mapForm is a map whose attributes are the fields of L.
type mapForm[L any] struct{}

func (mapForm[L]) write(l L) types.AttributeValue {
	return &types.AttributeValueMemberM{Value: marshal(l)}
}

func (mapForm[L]) read(v types.AttributeValue) (l L, wrong []string) {
	m, ok := v.(*types.AttributeValueMemberM)
	if !ok {
		return l, is("a map")
	}
	for _, words := range unmarshal(m.Value, &l) {
		wrong = append(wrong, "."+words)
	}
	return l, wrong
}

// optionalMapForm is such a map, or absent.
type optionalMapForm[L any] struct{ mapForm[L] }

func (f optionalMapForm[L]) write(l *L) types.AttributeValue {
	if l == nil {
		return null
	}
	return f.mapForm.write(*l)
}

func (f optionalMapForm[L]) read(v types.AttributeValue) (*L, []string) {
	if v == nil {
		return nil, nil
	}
	l, wrong := f.mapForm.read(v)
	return &l, wrong
}

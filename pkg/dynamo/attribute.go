package dynamo

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"users-organizations/pkg/membership"
)

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

func numbers(ns []int64) types.AttributeValue {
	list := make([]types.AttributeValue, len(ns))
	for i, n := range ns {
		list[i] = number(n)
	}
	return &types.AttributeValueMemberL{Value: list}
}

// decoder reads the attributes of one map and remembers the first that does
// not fit.
type decoder struct {
	item item
	path string
	err  error
}

func (d *decoder) fail(name, want string) {
	if d.err == nil {
		d.err = fmt.Errorf("attribute %s%s is not %s", d.path, name, want)
	}
}

func (d *decoder) text(name string) string {
	s, ok := d.item[name].(*types.AttributeValueMemberS)
	if !ok {
		d.fail(name, "a string")
		return ""
	}
	return s.Value
}

// words is a text that tells something.
func (d *decoder) words(name string) string {
	s := d.text(name)
	if s == "" {
		d.fail(name, "a string that is not empty")
	}
	return s
}

func (d *decoder) time(name string) time.Time {
	t, err := membership.ParseTime(d.text(name))
	if err != nil {
		d.fail(name, "a time in UTC with milliseconds")
	}
	return t
}

func (d *decoder) integer(name string) int64 {
	n, err := integer(d.item[name])
	if err != nil {
		d.fail(name, "an integer in range")
	}
	return n
}

func (d *decoder) role(name string) int64 {
	n := d.integer(name)
	if !membership.IsScope(n) {
		d.fail(name, "1 or 2")
	}
	return n
}

func (d *decoder) integers(name string) []int64 {
	list, ok := d.item[name].(*types.AttributeValueMemberL)
	if !ok {
		d.fail(name, "a list of integers")
		return nil
	}
	ns := make([]int64, len(list.Value))
	for i, v := range list.Value {
		n, err := integer(v)
		if err != nil {
			d.fail(fmt.Sprintf("%s[%d]", name, i), "an integer in range")
		}
		ns[i] = n
	}
	return ns
}

func (d *decoder) object(name string) item {
	m, ok := d.item[name].(*types.AttributeValueMemberM)
	if !ok {
		d.fail(name, "a map")
		return nil
	}
	return m.Value
}

var errNotInteger = errors.New("not an integer in range")

func integer(v types.AttributeValue) (int64, error) {
	n, ok := v.(*types.AttributeValueMemberN)
	if !ok {
		return 0, errNotInteger
	}
	i, err := strconv.ParseInt(n.Value, 10, 64)
	if err != nil || i < membership.MinInteger || i > membership.MaxInteger {
		return 0, errNotInteger
	}
	return i, nil
}

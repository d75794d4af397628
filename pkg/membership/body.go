package membership

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"users-organizations/pkg/strictjson"
)

// Grant is the role and the permissions in a body. A member that the body leaves
// out is nil; an empty array is empty, not nil.
type Grant struct {
	// Scope is 1 or 2, Group MinInteger to MaxInteger.
	Scope, Group *int64
	// Read and Manage are as in Permissions.
	Read, Manage []int64
}

// bodyReader reads a body into a Grant and adds its violations to invalid, in
// document order.
type bodyReader struct {
	invalid *InvalidError
	// partial lets some members be absent, but not all, and refuses null: in a
	// merge patch null removes a member (RFC 7396, section 1), and a membership
	// always has all of them.
	partial bool
}

func (r bodyReader) read(body []byte) Grant {
	root, err := strictjson.Parse(body)
	if err != nil {
		r.add("", Malformed, "the body "+err.Error()+"; send one JSON object in UTF-8")
		return Grant{}
	}
	var g Grant
	r.object(root, "",
		field{"scope", func(v strictjson.Value, at string) { g.Scope = new(r.scope(v, at)) }},
		field{"permissions", func(v strictjson.Value, at string) {
			r.object(v, at,
				field{"group", func(v strictjson.Value, at string) { g.Group = new(r.integer(v, at, inRange)) }},
				field{"manage", func(v strictjson.Value, at string) { g.Manage = r.integers(v, at) }},
				field{"read", func(v strictjson.Value, at string) { g.Read = r.integers(v, at) }},
			)
		}},
	)
	return g
}

// field is a member of an object and the function that reads its value.
type field struct {
	name string
	read func(v strictjson.Value, at string)
}

func (r bodyReader) add(at string, code ViolationCode, detail string) {
	r.invalid.add(InBody, at, code, detail)
}

// object reads a closed object: each of its fields once and no other member. A
// partial body needs at least one of the fields, any other body all of them.
func (r bodyReader) object(v strictjson.Value, at string, fields ...field) {
	if v.Kind != strictjson.Object {
		r.wrongType(v, at, "must be an object")
		return
	}
	for _, m := range v.Members {
		pointer := at + "/" + pointerEscapes.Replace(m.Name)
		i := slices.IndexFunc(fields, func(f field) bool { return f.name == m.Name })
		switch {
		case m.Repeated:
			r.add(pointer, DuplicateField, "must not occur more than once")
			r.nestedRepeats(m.Value, pointer)
		case i < 0:
			r.add(pointer, UnknownField, "is not a field of this request; names match exactly, case included")
			r.nestedRepeats(m.Value, pointer)
		case r.partial && m.Value.Kind == strictjson.Null:
			r.add(pointer, NotAllowed, "must not be null: leave the member out to keep what it is")
		default:
			fields[i].read(m.Value, pointer)
		}
	}
	if r.partial {
		if len(v.Members) == 0 {
			r.add(at, Required, "must have at least one of its members")
		}
		return
	}
	for _, f := range fields {
		if _, ok := v.Member(f.name); !ok {
			r.add(at+"/"+f.name, Required, "must be there")
		}
	}
}

func (r bodyReader) scope(v strictjson.Value, at string) int64 {
	const detail = "must be 1 or 2"
	before := r.invalid.Total
	scope := r.integer(v, at, detail)
	if r.invalid.Total == before && !IsScope(scope) {
		r.add(at, NotAllowed, detail)
	}
	return scope
}

// integer reads an integer in range. detail states the whole rule of the value,
// so that a caller who follows it is not refused again.
func (r bodyReader) integer(v strictjson.Value, at, detail string) int64 {
	if v.Kind != strictjson.Number {
		r.wrongType(v, at, detail)
		return 0
	}
	n, code := parseNumber(v.Text)
	if code != "" {
		r.add(at, code, detail)
	}
	return n
}

func (r bodyReader) integers(v strictjson.Value, at string) []int64 {
	if v.Kind != strictjson.Array {
		r.wrongType(v, at, "must be an array of integers")
		return nil
	}
	if len(v.Items) > MaxItems {
		r.add(at, TooManyItems, fmt.Sprintf("must have %d items at most", MaxItems))
		return nil
	}
	ns := make([]int64, len(v.Items))
	for i, item := range v.Items {
		ns[i] = r.integer(item, at+"/"+strconv.Itoa(i), inRange)
	}
	return ns
}

func (r bodyReader) wrongType(v strictjson.Value, at, detail string) {
	r.add(at, WrongType, detail)
	r.nestedRepeats(v, at)
}

// nestedRepeats reports the repeated names inside a value that is refused for
// another reason.
func (r bodyReader) nestedRepeats(v strictjson.Value, at string) {
	for path := range v.RepeatedNames() {
		r.invalid.addAt(InBody, func() string { return extend(at, path) }, DuplicateField, "must not occur more than once")
	}
}

// extend appends the names of path to the JSON pointer at.
func extend(at string, path []string) string {
	var pointer strings.Builder
	pointer.WriteString(at)
	for _, name := range path {
		pointer.WriteString("/" + pointerEscapes.Replace(name))
	}
	return pointer.String()
}

// pointerEscapes escapes a name in a JSON pointer (RFC 6901, section 3).
var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")

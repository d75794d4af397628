package membership

import (
	"maps"
	"slices"
	"strconv"
)

// DeletedFilter says whether deleted memberships are shown.
type DeletedFilter string

// The values of the query parameter deleted.
const (
	ExcludeDeleted DeletedFilter = "exclude"
	IncludeDeleted DeletedFilter = "include"
	OnlyDeleted    DeletedFilter = "only"
)

// query reads the parameters of a query and adds their violations to invalid. Each
// kind of request reads the parameters that it knows, and values keeps the others.
type query struct {
	values  map[string][]string
	invalid *InvalidError
}

// read returns the parsed value of a parameter, or absent where it was not sent.
func read[T any](q *query, name string, absent T, parse func(value string) (T, ViolationCode), detail string) T {
	values, there := q.values[name]
	if !there {
		return absent
	}
	delete(q.values, name)
	text, ok := q.invalid.once(InQuery, name, values)
	if !ok {
		return absent
	}
	value, code := parse(text)
	if code != "" {
		q.invalid.add(InQuery, name, code, detail)
	}
	return value
}

// end refuses the parameters that were not read.
func (q *query) end() {
	for _, name := range slices.Sorted(maps.Keys(q.values)) {
		q.invalid.add(InQuery, name, UnknownParameter, "is not a parameter of this operation; names match exactly, case included")
	}
}

func (q *query) deleted(detail string, allowed ...DeletedFilter) DeletedFilter {
	return read(q, "deleted", ExcludeDeleted, func(value string) (DeletedFilter, ViolationCode) {
		if !slices.Contains(allowed, DeletedFilter(value)) {
			return "", NotAllowed
		}
		return DeletedFilter(value), ""
	}, detail)
}

// parseBool is strict, unlike strconv.ParseBool: it refuses 1, t and TRUE.
func parseBool(value string) (bool, ViolationCode) {
	switch value {
	case "true":
		return true, ""
	case "false":
		return false, ""
	}
	return false, NotAllowed
}

func (q *query) pageSize() int {
	return read(q, "pageSize", defaultPageSize, parsePageSize, "must be an integer between 1 and "+strconv.Itoa(MaxPageSize))
}

// parsePageSize reads an integer from 1 to MaxPageSize, written as an id is.
func parsePageSize(value string) (int, ViolationCode) {
	n, code := parseID(value)
	if code == "" && (n < 1 || n > MaxPageSize) {
		code = OutOfRange
	}
	return int(n), code
}

func parseScopeFilter(value string) (int64, ViolationCode) {
	n, code := parseID(value)
	if code == "" && !IsScope(n) {
		code = NotAllowed
	}
	return n, code
}

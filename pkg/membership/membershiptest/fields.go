package membershiptest

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"

	"users-organizations/pkg/membership"
)

// everyField changes one field of a registration at a time. It finds the fields by
// reflection, so that no step can forget a new one.
func (s suite) everyField(t *testing.T) {
	t.Helper()
	var fields []string
	eachField(t, &membership.Registration{}, func(name string, _ func(int64)) { fields = append(fields, name) })

	for _, field := range fields {
		reg := wanted()
		eachField(t, &reg, func(_ string, set func(int64)) { set(1) })
		reg.IdempotencyKey = "k"
		first := s.register(t, reg, ada).Membership

		other := reg
		eachField(t, &other, func(name string, set func(int64)) {
			if name == field {
				set(2)
			}
		})
		if _, err := s.service.Register(t.Context(), other, ada); !errors.Is(err, membership.ErrKeyReused) {
			t.Errorf("the same key with another %s: %v, want ErrKeyReused: add it to Registration.hash where it is sent", field, err)
		}

		other.IdempotencyKey = ""
		_, err := s.service.Register(t.Context(), other, ada)
		exists, ok := errors.AsType[*membership.ExistsError](err)
		if !ok {
			t.Fatalf("another %s: %v, want an ExistsError", field, err)
		}
		if exists.Identical {
			t.Errorf("another %s counts as identical: compare it in Membership.grants", field)
		}
		if !reflect.DeepEqual(exists.Existing, first) {
			t.Fatalf("stored\n%+v, want\n%+v: the store has to write and read every field", exists.Existing, first)
		}

		other.OrganizationID--
		second := s.register(t, other, ada).Membership
		second.OrganizationID, second.CreatedAt, second.UpdatedAt = first.OrganizationID, first.CreatedAt, first.UpdatedAt
		if asJSON(t, second) == asJSON(t, first) {
			t.Errorf("another %s has the same JSON: pass it on in Service.Register, write it in Membership.MarshalJSONTo", field)
		}
	}
}

// eachField visits the fields of reg but its keys, each with a function that sets
// it. 1 and 2 are valid in all of them.
func eachField(t *testing.T, reg *membership.Registration, visit func(name string, set func(int64))) {
	t.Helper()
	var walk func(name string, v reflect.Value)
	walk = func(name string, v reflect.Value) {
		switch v.Interface().(type) {
		case int64:
			visit(name, v.SetInt)
		case []int64:
			visit(name, func(n int64) { v.Set(reflect.ValueOf([]int64{n})) })
		default:
			if v.Kind() != reflect.Struct {
				t.Fatalf("%s is a %s: teach eachField to set it", name, v.Type())
			}
			for f, field := range v.Fields() {
				walk(name+"."+f.Name, field)
			}
		}
	}
	for f, v := range reflect.ValueOf(reg).Elem().Fields() {
		switch f.Name {
		case "Key", "IdempotencyKey":
		default:
			walk(f.Name, v)
		}
	}
}

func asJSON(t *testing.T, m membership.Membership) string {
	t.Helper()
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

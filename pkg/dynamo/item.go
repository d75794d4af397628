package dynamo

import (
	"errors"
	"strings"

	"users-organizations/pkg/membership"
)

// layout is an item of the memberships table, for every writer of the table.
type layout struct {
	// The partition key and the sort key, N.
	UserID         integer `dynamodbav:"userId"`
	OrganizationID integer `dynamodbav:"organizationId"`

	Scope       role   `dynamodbav:"scope"`       // N
	Permissions rights `dynamodbav:"permissions"` // M
	CreatedAt   moment `dynamodbav:"createdAt"`   // S, as callers see it
	UpdatedAt   moment `dynamodbav:"updatedAt"`   // S, as callers see it
	// S, absent while active.
	DeletedAt deletion `dynamodbav:"deletedAt,omitempty"`

	RegisteredBy someText `dynamodbav:"registeredBy"` // S, the caller's userId
	RequestID    anyText  `dynamodbav:"requestId"`    // S, for tracing only
	Mark         someText `dynamodbav:"mark"`         // S, of the registration that wrote the item
	// S, both or neither: of a registration with a key.
	IdempotencyKey optionalText `dynamodbav:"idempotencyKey,omitempty"`
	RequestHash    optionalText `dynamodbav:"requestHash,omitempty"`

	// S, all or none: of the last change, removal or restoration.
	Revision   optionalText `dynamodbav:"revision,omitempty"`
	Previous   optionalText `dynamodbav:"previous,omitempty"`
	Operation  operation    `dynamodbav:"operation,omitempty"`
	ChangedBy  optionalText `dynamodbav:"changedBy,omitempty"`
	ChangeHash optionalText `dynamodbav:"changeHash,omitempty"`
}

// permissions is the map of that name.
type permissions struct {
	Group  integer  `dynamodbav:"group"`  // N
	Manage integers `dynamodbav:"manage"` // L of N
	Read   integers `dynamodbav:"read"`   // L of N
}

type rights = attribute[permissions, mapForm[permissions]]

func newRights(p membership.Permissions) rights {
	return rights{value: permissions{
		Group:  integer{value: p.Group},
		Manage: integers{value: p.Manage},
		Read:   integers{value: p.Read},
	}}
}

func (p permissions) domain() membership.Permissions {
	return membership.Permissions{Group: p.Group.value, Read: p.Read.value, Manage: p.Manage.value}
}

func encode(r membership.Record) item {
	return marshal(layout{
		UserID:         integer{value: r.UserID},
		OrganizationID: integer{value: r.OrganizationID},
		Scope:          role{value: r.Scope},
		Permissions:    newRights(r.Permissions),
		CreatedAt:      moment{value: r.CreatedAt},
		UpdatedAt:      moment{value: r.UpdatedAt},
		DeletedAt:      deletion{value: r.DeletedAt},
		RegisteredBy:   someText{value: r.RegisteredBy},
		RequestID:      anyText{value: r.RequestID},
		Mark:           someText{value: r.Mark},
		IdempotencyKey: optionalText{value: r.IdempotencyKey},
		RequestHash:    optionalText{value: r.RequestHash},
		Revision:       optionalText{value: r.Last.Revision},
		Previous:       optionalText{value: r.Last.Previous},
		Operation:      operation{value: r.Last.Operation},
		ChangedBy:      optionalText{value: r.Last.ChangedBy},
		ChangeHash:     optionalText{value: r.Last.Hash},
	})
}

// decode reads an item back, whole or not at all: the error names each
// attribute that does not fit the layout.
func decode(it item) (membership.Record, error) {
	var l layout
	wrong := unmarshal(it, &l)
	wrong = append(wrong, together(it, "idempotencyKey", "requestHash")...)
	wrong = append(wrong, together(it, "revision", "previous", "operation", "changedBy", "changeHash")...)
	if len(wrong) > 0 {
		return membership.Record{}, misfits(wrong)
	}
	return membership.Record{
		UserID: l.UserID.value, OrganizationID: l.OrganizationID.value,
		Scope:          l.Scope.value,
		Permissions:    l.Permissions.value.domain(),
		DeletedAt:      l.DeletedAt.value,
		UpdatedAt:      l.UpdatedAt.value,
		CreatedAt:      l.CreatedAt.value,
		RegisteredBy:   l.RegisteredBy.value,
		RequestID:      l.RequestID.value,
		Mark:           l.Mark.value,
		IdempotencyKey: l.IdempotencyKey.value,
		RequestHash:    l.RequestHash.value,
		Last: membership.LastChange{
			Revision:  l.Revision.value,
			Previous:  l.Previous.value,
			Operation: l.Operation.value,
			ChangedBy: l.ChangedBy.value,
			Hash:      l.ChangeHash.value,
		},
	}, nil
}

func misfits(wrong []string) error {
	return errors.New("attribute " + strings.Join(wrong, ", attribute "))
}

// keyAttributes is the layout of a key.
type keyAttributes struct {
	UserID         integer `dynamodbav:"userId"`
	OrganizationID integer `dynamodbav:"organizationId"`
}

// decodeKey reads the key in an item of the table or of the index.
func decodeKey(it item) (membership.Key, error) {
	var k keyAttributes
	if wrong := unmarshal(it, &k); len(wrong) > 0 {
		return membership.Key{}, errors.New("key " + strings.Join(wrong, ", "))
	}
	return membership.Key{UserID: k.UserID.value, OrganizationID: k.OrganizationID.value}, nil
}

// together says which of the attributes are missing, where some are there.
func together(it item, names ...string) (wrong []string) {
	missing := 0
	for _, name := range names {
		if _, ok := it[name]; !ok {
			missing++
		}
	}
	if missing == 0 || missing == len(names) {
		return nil
	}
	for _, name := range names {
		if _, ok := it[name]; !ok {
			wrong = append(wrong, name+is("a string")[0])
		}
	}
	return wrong
}

// replaced returns what is logged of a soft-deleted item. It was overwritten, so an
// attribute that does not fit is no error, and left out.
func replaced(it item) *membership.Replaced {
	if len(it) == 0 {
		return nil
	}
	textOf := func(name string) string {
		s, _ := textForm{}.read(it[name])
		return s
	}
	return &membership.Replaced{
		CreatedAt:    textOf("createdAt"),
		DeletedAt:    textOf("deletedAt"),
		RegisteredBy: textOf("registeredBy"),
	}
}

package dynamo

import (
	"errors"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"users-organizations/pkg/membership"
)

// layout is an item of the memberships table, for every writer of the table.
type layout struct {
	// The partition key and the sort key, N.
	UserID         integer `dynamodbav:"userId"`
	OrganizationID integer `dynamodbav:"organizationId"`

	Scope       role        `dynamodbav:"scope"`       // N
	Permissions permissions `dynamodbav:"permissions"` // M
	CreatedAt   moment      `dynamodbav:"createdAt"`   // S, as callers see it
	UpdatedAt   moment      `dynamodbav:"updatedAt"`   // S, as callers see it
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

func (p *permissions) read(v types.AttributeValue) []string { return readMap(v, p) }

func newPermissions(p membership.Permissions) permissions {
	return permissions{Group: integer(p.Group), Manage: notNil(p.Manage), Read: notNil(p.Read)}
}

// notNil makes an empty list of nil, which attributevalue would write as NULL.
func notNil(ns integers) integers {
	if ns == nil {
		return integers{}
	}
	return ns
}

func (p permissions) domain() membership.Permissions {
	return membership.Permissions{Group: int64(p.Group), Read: p.Read, Manage: p.Manage}
}

func encode(r membership.Record) item {
	return marshal(layout{
		UserID:         integer(r.UserID),
		OrganizationID: integer(r.OrganizationID),
		Scope:          role(r.Scope),
		Permissions:    newPermissions(r.Permissions),
		CreatedAt:      moment(r.CreatedAt),
		UpdatedAt:      moment(r.UpdatedAt),
		DeletedAt:      deletion(r.DeletedAt),
		RegisteredBy:   someText(r.RegisteredBy),
		RequestID:      anyText(r.RequestID),
		Mark:           someText(r.Mark),
		IdempotencyKey: optionalText(r.IdempotencyKey),
		RequestHash:    optionalText(r.RequestHash),
		Revision:       optionalText(r.Last.Revision),
		Previous:       optionalText(r.Last.Previous),
		Operation:      operation(r.Last.Operation),
		ChangedBy:      optionalText(r.Last.ChangedBy),
		ChangeHash:     optionalText(r.Last.Hash),
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
		UserID: int64(l.UserID), OrganizationID: int64(l.OrganizationID),
		Scope:          int64(l.Scope),
		Permissions:    l.Permissions.domain(),
		DeletedAt:      time.Time(l.DeletedAt),
		UpdatedAt:      time.Time(l.UpdatedAt),
		CreatedAt:      time.Time(l.CreatedAt),
		RegisteredBy:   string(l.RegisteredBy),
		RequestID:      string(l.RequestID),
		Mark:           string(l.Mark),
		IdempotencyKey: string(l.IdempotencyKey),
		RequestHash:    string(l.RequestHash),
		Last: membership.LastChange{
			Revision:  string(l.Revision),
			Previous:  string(l.Previous),
			Operation: membership.Operation(l.Operation),
			ChangedBy: string(l.ChangedBy),
			Hash:      string(l.ChangeHash),
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
	return membership.Key{UserID: int64(k.UserID), OrganizationID: int64(k.OrganizationID)}, nil
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
		var s anyText
		_ = s.read(it[name])
		return string(s)
	}
	return &membership.Replaced{
		CreatedAt:    textOf("createdAt"),
		DeletedAt:    textOf("deletedAt"),
		RegisteredBy: textOf("registeredBy"),
	}
}

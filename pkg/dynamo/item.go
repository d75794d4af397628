package dynamo

import (
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"users-organizations/pkg/membership"
)

// The layout of an item. Every writer of the table keeps to it.
//
//	userId, organizationId   N       partition and sort key
//	scope                    N
//	permissions              M       group N, manage L of N, read L of N
//	createdAt, updatedAt     S       as answered
//	deletedAt                S       absent while active
//	registeredBy             S       the caller's userId
//	requestId                S       for tracing only
//	mark                     S       of the registration that wrote the item
//	idempotencyKey           S       only with a key
//	requestHash              S       only with a key
const (
	userID         = "userId"
	organizationID = "organizationId"
	scope          = "scope"
	permissions    = "permissions"
	group          = "group"
	manage         = "manage"
	read           = "read"
	createdAt      = "createdAt"
	updatedAt      = "updatedAt"
	deletedAt      = "deletedAt"
	registeredBy   = "registeredBy"
	requestID      = "requestId"
	mark           = "mark"
	idempotencyKey = "idempotencyKey"
	requestHash    = "requestHash"
)

type item = map[string]types.AttributeValue

func encode(r membership.Record) item {
	it := item{
		userID:         number(r.UserID),
		organizationID: number(r.OrganizationID),
		scope:          number(r.Scope),
		permissions: &types.AttributeValueMemberM{Value: item{
			group:  number(r.Permissions.Group),
			manage: numbers(r.Permissions.Manage),
			read:   numbers(r.Permissions.Read),
		}},
		createdAt:    text(membership.FormatTime(r.CreatedAt)),
		updatedAt:    text(membership.FormatTime(r.UpdatedAt)),
		registeredBy: text(r.RegisteredBy),
		requestID:    text(r.RequestID),
		mark:         text(r.Mark),
	}
	if !r.Active() {
		it[deletedAt] = text(membership.FormatTime(r.DeletedAt))
	}
	if r.IdempotencyKey != "" {
		it[idempotencyKey] = text(r.IdempotencyKey)
		it[requestHash] = text(r.RequestHash)
	}
	return it
}

// decode reads an item back, whole or not at all: an attribute that does not
// fit the layout is an error that names it.
func decode(it item) (membership.Record, error) {
	d := decoder{item: it}
	rights := decoder{item: d.object(permissions), path: permissions + "."}
	r := membership.Record{
		Membership: membership.Membership{
			Key:   membership.Key{UserID: d.integer(userID), OrganizationID: d.integer(organizationID)},
			Scope: d.role(scope),
			Permissions: membership.Permissions{
				Group:  rights.integer(group),
				Read:   rights.integers(read),
				Manage: rights.integers(manage),
			},
			CreatedAt: d.time(createdAt),
			UpdatedAt: d.time(updatedAt),
		},
		RegisteredBy: d.words(registeredBy),
		RequestID:    d.text(requestID),
		Mark:         d.words(mark),
	}
	if _, isText := it[deletedAt].(*types.AttributeValueMemberS); isText {
		r.DeletedAt = d.time(deletedAt)
	}
	if it[idempotencyKey] != nil || it[requestHash] != nil {
		r.IdempotencyKey = d.text(idempotencyKey)
		r.RequestHash = d.text(requestHash)
	}
	return r, errors.Join(d.err, rights.err)
}

// replaced is what is told of a soft-deleted item. It was overwritten, so that
// what does not fit in it can only be left out.
func replaced(it item) *membership.Replaced {
	if len(it) == 0 {
		return nil
	}
	var d decoder
	d.item = it
	return &membership.Replaced{
		CreatedAt:    d.text(createdAt),
		DeletedAt:    d.text(deletedAt),
		RegisteredBy: d.text(registeredBy),
	}
}

package membership

import (
	"context"
	"fmt"
	"maps"
)

// GetQuery is a valid request for one membership.
type GetQuery struct {
	Key

	// Deleted says that a deleted membership is shown as well.
	Deleted bool
}

// ReadRequest is an unchecked request that reads.
type ReadRequest struct {
	// UserID and OrganizationID are those of the path. A list has one of them.
	UserID, OrganizationID string
	// Query has the decoded query parameters, each with all of its values.
	Query map[string][]string
}

// ParseGet checks a request. Its error is an *InvalidError with the violations.
func ParseGet(r ReadRequest) (GetQuery, error) {
	var invalid InvalidError
	q := query{maps.Clone(r.Query), &invalid}
	get := GetQuery{
		Key:     readKey(r.UserID, r.OrganizationID, &invalid),
		Deleted: q.deleted("must be exclude or include", ExcludeDeleted, IncludeDeleted) == IncludeDeleted,
	}
	q.end()
	return get, invalid.orNil()
}

// Row is a membership with its revision.
type Row struct {
	Membership

	Revision string
}

// ReadService reads memberships.
type ReadService struct{ Store Reader }

// Reader is the part of a store that a ReadService needs.
type Reader interface {
	Getter
	Lister
}

// Get returns a membership. Its errors are ErrNotFound, also for a deleted
// membership that q does not ask for, and those of the store.
func (s *ReadService) Get(ctx context.Context, q GetQuery) (Row, error) {
	r, err := s.Store.Get(ctx, q.Key)
	if err != nil {
		return Row{}, fmt.Errorf("read the membership: %w", err)
	}
	if !r.Active() && !q.Deleted {
		return Row{}, ErrNotFound
	}
	return r.row(), nil
}

func (r Record) row() Row { return Row{r.Membership, r.Revision()} }

package membership

import (
	"context"
	"fmt"
	"maps"
)

// GetQuery is a valid request for one membership.
type GetQuery struct {
	Key

	// Deleted says that a deleted membership is shown, too.
	Deleted bool
}

// GetRequest is what a caller sent to see a membership, as it came.
type GetRequest struct {
	UserID, OrganizationID string
	// Query are the decoded query parameters, each with all of its values.
	Query map[string][]string
}

// ParseGet checks a request and gives what it asks for. The error is an
// *InvalidError that lists everything that is wrong with it.
func ParseGet(r GetRequest) (GetQuery, error) {
	var invalid InvalidError
	q := query{maps.Clone(r.Query), &invalid}
	get := GetQuery{
		Key:     readKey(r.UserID, r.OrganizationID, &invalid),
		Deleted: q.deleted(ExcludeDeleted, IncludeDeleted) == IncludeDeleted,
	}
	return checked(q, get)
}

// Row is a membership with its revision.
type Row struct {
	Membership

	Revision string
}

// ReadService shows memberships.
type ReadService struct{ Store Reader }

// Reader is what a ReadService asks of a store.
type Reader interface {
	Getter
	Lister
}

// Get gives a membership as it is, or ErrNotFound. A deleted one is found only
// where q asks for it.
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

package conformance

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// page is the content of a list's response.
type page struct {
	pairs []pair
	next  string
}

// list describes a page: its size, the length of the list if the page has it,
// and whether another page follows. Each row must belong to the list, in order.
func (r *runner) list(q request, a *response) string {
	var body struct {
		Data       []json.RawMessage
		TotalCount *int
		Pagination struct{ Next *string }
	}
	if err := json.Unmarshal([]byte(a.body), &body); err != nil {
		return " that can't be read: " + err.Error()
	}
	words := fmt.Sprintf(" with %d rows", len(body.Data))
	if body.TotalCount != nil {
		words += fmt.Sprintf(" of %d", *body.TotalCount)
	}
	var before int64
	for i, text := range body.Data {
		var row struct {
			UserID, OrganizationID json.Number
			ETag                   string
		}
		_ = json.Unmarshal(text, &row) // r.membership reports an error.
		of, other := q.pair, row.OrganizationID
		if of.user == "" {
			of.user, other = row.UserID.String(), row.UserID
		} else {
			of.organization = row.OrganizationID.String()
		}
		if _, wrong := r.membership(of, a, a.etag, text); wrong != "" || row.ETag == "" {
			return words + ", of which one is" + cmp.Or(wrong, " without an etag")
		}
		n, _ := other.Int64()
		if i > 0 && n <= before {
			return words + " that are not in order"
		}
		before = n
		a.page.pairs = append(a.page.pairs, of)
	}
	return words + a.follow(body.Pagination.Next)
}

// follow keeps the cursor of the next page, and says whether there is one. The
// Link must lead to the same page.
func (a *response) follow(next *string) string {
	link := a.header.Get("Link")
	if next == nil {
		if link != "" {
			return ", with a Link and no next page"
		}
		return ""
	}
	a.page.next = *next
	target, isNext := strings.CutSuffix(strings.TrimPrefix(link, "<?"), `>; rel="next"`)
	linked, err := url.ParseQuery(target)
	if !isNext || err != nil || linked.Get("cursor") != a.page.next {
		return ", without a Link to the next page, and more"
	}
	return ", and more"
}

// walk reads a list to its end. It returns the pairs, or the words of the first
// wrong page.
func (r *runner) walk(ctx context.Context, q request) ([]pair, string) {
	var pairs []pair
	for next := q; ; {
		a := r.send(ctx, next)
		// What is wrong with a page follows a comma.
		if words := strings.TrimSuffix(a.words, ", and more"); !strings.HasPrefix(words, "200 with ") || strings.Contains(words, ",") {
			return nil, a.words
		}
		pairs = append(pairs, a.page.pairs...)
		if a.page.next == "" {
			return pairs, ""
		}
		next = q.but(after(a.page.next))
	}
}

// membersNow are the pairs that this run has registered in its first
// organization and not removed, sorted by user.
func (r *runner) membersNow() []pair {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []pair
	for p, active := range r.active {
		if active && p.organization == r.organizationID(0) {
			all = append(all, p)
		}
	}
	slices.SortFunc(all, func(a, b pair) int {
		x, _ := strconv.ParseInt(a.user, 10, 64)
		y, _ := strconv.ParseInt(b.user, 10, 64)
		return cmp.Compare(x, y)
	})
	return all
}

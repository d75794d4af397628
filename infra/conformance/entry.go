package conformance

import (
	"encoding/json"
	"fmt"
)

// entry is an entry of a history. Only requests of this run change its
// memberships.
type entry struct {
	Sequence            int64 // 0 where it is null
	Type, At            string
	By, RequestID, ETag string
	Before, After       json.RawMessage
	Gap, Unreadable     bool
}

// history describes the entries of a page, the newest first, each with its
// sequence, or with - where it has none, and whether the history is complete.
func (r *runner) history(q request, a *response) string {
	var body struct {
		Data       []entry
		Pagination struct{ Next *string }
		Complete   *bool
	}
	if err := json.Unmarshal([]byte(a.body), &body); err != nil {
		return " that can't be read: " + err.Error()
	}
	words := " with nothing"
	for i, e := range body.Data {
		number, sign := fmt.Sprint(e.Sequence), ","
		if e.Sequence == 0 {
			number = "-"
		}
		if i == 0 {
			a.etag, words, sign = e.ETag, " with", ""
		}
		words += sign + " " + number + " " + e.Type + r.wrongEntry(q.pair, a, e)
		if i > 0 {
			words += e.wrongBelow(body.Data[i-1])
		}
	}
	switch {
	case body.Complete == nil:
		words += ", without complete"
	case *body.Complete:
		words += ", complete"
	default:
		words += ", incomplete"
	}
	return words + a.follow(body.Pagination.Next)
}

// wrongEntry says what is wrong with a single entry. Its membership must be one
// that other responses have shown, and its request one of this run.
func (r *runner) wrongEntry(of pair, a *response, e entry) string {
	m, wrong := r.membership(of, a, e.ETag, e.After)
	times := map[string]*string{"registered": &m.CreatedAt, "changed": &m.UpdatedAt, "removed": m.DeletedAt, "restored": &m.UpdatedAt}
	r.mu.Lock()
	known := r.ids[e.RequestID]
	r.mu.Unlock()
	switch at := times[e.Type]; {
	case wrong != "":
		return wrong
	case e.ETag == "":
		return " without an etag"
	case at == nil || *at != e.At:
		return " at another time"
	case e.By == "":
		return " by nobody"
	case !known:
		return " by a request of somebody else"
	case e.Gap || e.Unreadable:
		return " after a gap"
	case e.Sequence == 1 && string(e.Before) != "null":
		return " with a before"
	}
	return ""
}

// wrongBelow says what is wrong with an entry that follows newer on the page.
func (e entry) wrongBelow(newer entry) string {
	switch {
	case e.Sequence == 0 || newer.Sequence != 0 && newer.Sequence != e.Sequence+1:
		return " out of order"
	case newer.Sequence != 0 && string(newer.Before) != string(e.After):
		return " that the next one does not follow"
	}
	return ""
}

package localtest_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"testing"

	"users-organizations/infra/local/localtest"
)

// history is a history of 5 entries, two a page, the newest without a sequence.
func history(_ context.Context, user, organization int64, query url.Values) (localtest.HistoryPage, error) {
	if user != 7 || organization != -1 {
		return localtest.HistoryPage{}, errors.New("the history of another pair")
	}
	var p localtest.HistoryPage
	sequences := []int64{0, 4, 3, 2, 1}
	from, _ := strconv.Atoi(query.Get("cursor"))
	for _, n := range sequences[from:min(from+2, len(sequences))] {
		p.Data = append(p.Data, localtest.HistoryEntry{Sequence: n})
	}
	if from+2 < len(sequences) {
		p.Pagination.Next = new(strconv.Itoa(from + 2))
	}
	return p, nil
}

func TestEntriesAboveASequence(t *testing.T) {
	t.Parallel()
	for above, want := range map[int64][]int64{0: {1, 2, 3, 4}, 1: {2, 3, 4}, 2: {3, 4}, 3: {4}, 4: nil} {
		t.Run(fmt.Sprint(above), func(t *testing.T) {
			t.Parallel()
			entries, err := localtest.ReadPage(history).Above(t.Context(), "users/7/organizations/-1", above)
			if err != nil {
				t.Fatal(err)
			}
			var got []int64
			for _, e := range entries {
				got = append(got, e.Sequence)
			}
			if !slices.Equal(got, want) {
				t.Errorf("the entries %v, want %v", got, want)
			}
		})
	}
}

func TestSubjectsWithoutAHistory(t *testing.T) {
	t.Parallel()
	for _, subject := range []string{"", "users/7", "users/8/organizations/-1"} {
		if entries, err := localtest.ReadPage(history).Above(t.Context(), subject, 0); err == nil {
			t.Errorf("%q has the history %+v", subject, entries)
		}
	}
}

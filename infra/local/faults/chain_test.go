package faults_test

import (
	"maps"
	"reflect"
	"slices"
	"testing"

	"users-organizations/infra/local/localtest"
)

// checkEntries compares the entries with the records of the stream: one each, in
// order.
func checkEntries(t *testing.T, all []streamRecord, entries map[string][]entry) {
	t.Helper()
	byPair := map[string][]streamRecord{}
	for _, c := range all {
		byPair[c.pair] = append(byPair[c.pair], c)
	}
	if got, want := slices.Sorted(maps.Keys(entries)), slices.Sorted(maps.Keys(byPair)); !slices.Equal(got, want) {
		t.Errorf("there are histories of %v, want %v", got, want)
	}
	for pair, changes := range byPair {
		if len(entries[pair]) != len(changes) {
			t.Errorf("%s has %d entries, want %d", pair, len(entries[pair]), len(changes))
		}
		var before *localtest.Membership
		for i, e := range entries[pair][:min(len(changes), len(entries[pair]))] {
			c := changes[i]
			if e.Sequence != int64(i)+1 || e.EventID != c.eventID || e.Type != c.kind() || e.Gap || e.Parts > 0 {
				t.Errorf("entry %d of %s is %+v, want %s by the record %s", i+1, pair, e, c.kind(), c.eventID)
			}
			if !reflect.DeepEqual(e.Before, before) || !reflect.DeepEqual(e.Before, membershipOf(c.before)) || !reflect.DeepEqual(e.After, membershipOf(c.after)) {
				t.Errorf("entry %d of %s goes from %+v to %+v, want from %+v to %+v, after %+v",
					i+1, pair, e.Before, e.After, membershipOf(c.before), membershipOf(c.after), before)
			}
			before = e.After
		}
	}
}

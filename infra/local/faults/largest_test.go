package faults_test

import (
	"slices"
	"testing"

	"users-organizations/infra/local/localtest"
)

// TestTheLargestMemberships: only a few of the largest changes fit into one call of
// the event bus.
func TestTheLargestMemberships(t *testing.T) {
	t.Parallel()
	const memberships, codes, largest = 10, 1000, 1<<53 - 1
	r := startRecording(t, 1)
	r.stop()
	for user := range int64(memberships) {
		request := localtest.Request{
			ID: "register", Caller: "ada", User: user, Organization: 1, Scope: 1, Group: watchedGroup,
			Manage: slices.Repeat([]int64{-largest}, codes), Read: slices.Repeat([]int64{largest}, codes),
		}
		response := r.response(t, request)
		if response.Status != 201 {
			t.Fatalf("%d %s", response.Status, response.Body)
		}
		request.Operation, request.ID, request.IfMatch, request.Scope = operationOf[change], "change", response.ETag(), 2
		if response, err := localtest.Invoke(t.Context(), r.functionOf(change), request); err != nil || response.Status != 200 {
			t.Fatalf("%d %s, %v", response.Status, response.Body, err)
		}
	}
	r.startMapping()
	r.drain()
	all := readStream(t, r.endpoint)
	entries := readEntries(t, r.endpoint)
	checkEntries(t, all, entries)
	r.checkEvents(r.published(), entries)
	if len(all) != 2*memberships || r.delivery.delivered != len(all) {
		t.Errorf("%d changes in %d records to the recorder, want %d once each", len(all), r.delivery.delivered, 2*memberships)
	}
}

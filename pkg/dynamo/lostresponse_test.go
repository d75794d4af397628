package dynamo

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"reflect"
	"sync/atomic"
	"testing"
	"time"

	"users-organizations/pkg/membership"
)

// forgetful passes requests on to the engine and drops the first response, so that
// the SDK repeats a write that is stored already.
func forgetful(t *testing.T) (endpoint string, calls *atomic.Int32) {
	t.Helper()
	target, err := url.Parse(engineURL(t))
	if err != nil {
		t.Fatal(err)
	}
	calls = new(atomic.Int32)
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ModifyResponse = func(*http.Response) error {
		if calls.Add(1) == 1 {
			panic(http.ErrAbortHandler)
		}
		return nil
	}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	return server.URL, calls
}

// TestLostResponse loses the response to each kind of write. The next attempt finds
// its own mark or revision, and has the result of the first.
func TestLostResponse(t *testing.T) {
	t.Parallel()
	from := membership.Origin{CallerID: "ada", RequestID: "r"}
	for name, c := range map[string]struct {
		before []membership.Operation
		write  membership.Operation // empty to register
	}{
		"register":                {nil, ""},
		"register over a deleted": {[]membership.Operation{"", membership.Removed}, ""},
		"change":                  {[]membership.Operation{""}, membership.Changed},
		"remove":                  {[]membership.Operation{""}, membership.Removed},
		"restore":                 {[]membership.Operation{"", membership.Removed}, membership.Restored},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			key := membership.Key{UserID: newUser(), OrganizationID: 1}
			now := time.Date(2024, 12, 9, 14, 23, 0, 0, time.UTC)
			clock := func() time.Time {
				now = now.Add(time.Second)
				return now
			}
			revision := ""
			write := func(store *Store, operation membership.Operation) (membership.Membership, bool) {
				p := membership.Precondition{Key: key, Revision: revision}
				changes := membership.ChangeService{Store: store, Now: clock, NewRevision: membership.NewMark}
				var out membership.ChangeResult
				var err error
				switch operation {
				case membership.Changed:
					out, err = changes.Change(t.Context(), membership.Change{Precondition: p, Group: new(int64(5))}, from)
				case membership.Removed:
					out, err = changes.Remove(t.Context(), membership.Removal{Precondition: p}, from)
				case membership.Restored:
					out, err = changes.Restore(t.Context(), membership.Restoration{Precondition: p}, from)
				default:
					service := membership.RegisterService{Store: store, Now: clock, NewMark: membership.NewMark}
					var result membership.RegisterResult
					result, err = service.Register(t.Context(), membership.Registration{Key: key, Scope: 1}, from)
					out = membership.ChangeResult{Membership: result.Membership, Revision: result.Revision, Replayed: result.Replayed}
				}
				if err != nil {
					t.Fatalf("%q: %v", operation, err)
				}
				revision = out.Revision
				return out.Membership, out.Replayed
			}

			store := open(t, engineURL(t))
			for _, earlier := range c.before {
				write(store.Store, earlier)
			}
			endpoint, calls := forgetful(t)
			given, replayed := write(open(t, endpoint).Store, c.write)
			if replayed || calls.Load() != 2 {
				t.Errorf("replayed: %v, after %d calls; want the first response after 2", replayed, calls.Load())
			}
			stored, err := store.Get(t.Context(), key)
			given.Permissions.Manage, given.Permissions.Read = []int64{}, []int64{} // nil was registered
			if err != nil || !reflect.DeepEqual(stored.Membership, given) || stored.Revision() != revision {
				t.Errorf("stored\n%+v, %v, gave\n%+v in revision %s", stored, err, given, revision)
			}
		})
	}
}

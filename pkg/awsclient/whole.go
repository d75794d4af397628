package awsclient

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
)

// wholeRequests sends each request, header and body, in one piece. net/http
// does so for bodies that it knows to be in memory; the SDK's it sends in two,
// and drops the connection where the answer comes so fast that the SDK closes
// the body between its last byte and its end (smithy-go's safeWriteToReadCloser
// then fails instead of ending). That saves a system call and a TLS record a
// request, and keeps one connection for all.
type wholeRequests struct{ client *http.Client }

// Do implements aws.HTTPClient.
func (w wholeRequests) Do(req *http.Request) (*http.Response, error) {
	if req.Body == nil || req.Body == http.NoBody {
		return w.client.Do(req) //nolint:gosec // G704: the SDK chooses where to.
	}
	body, err := io.ReadAll(req.Body)
	_ = req.Body.Close()
	if err != nil {
		return nil, fmt.Errorf("read the body of a request: %w", err)
	}
	// The copy leaves req as the SDK made it: its next attempt signs it anew.
	whole := *req
	whole.Body = io.NopCloser(bytes.NewReader(body))
	return w.client.Do(&whole) //nolint:gosec // G704: as above.
}

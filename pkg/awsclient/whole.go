package awsclient

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"strconv"
)

// wholeMessages sends each request in one piece, and takes each answer whole or
// not at all: what is wrong with it fails the attempt, so that the SDK makes
// another.
type wholeMessages struct{ client *http.Client }

// Do implements aws.HTTPClient.
func (w wholeMessages) Do(req *http.Request) (*http.Response, error) {
	req, err := wholeRequest(req)
	if err != nil {
		return nil, err
	}
	resp, err := w.client.Do(req) //nolint:gosec // G704: the SDK chooses where to.
	if err != nil {
		return nil, err
	}
	if err := wholeAnswer(resp); err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	return resp, nil
}

// wholeRequest keeps header and body together. net/http does so for bodies that
// it knows to be in memory; the SDK's it sends in two pieces, and drops the
// connection where the answer comes so fast that the SDK closes the body
// between its last byte and its end (smithy-go's safeWriteToReadCloser then
// fails instead of ending). That saves a system call and a TLS record a
// request, and keeps one connection for all.
func wholeRequest(req *http.Request) (*http.Request, error) {
	if req.Body == nil || req.Body == http.NoBody {
		return req, nil
	}
	body, err := io.ReadAll(req.Body)
	_ = req.Body.Close()
	if err != nil {
		return nil, fmt.Errorf("read the body of a request: %w", err)
	}
	// The copy leaves req as the SDK made it: its next attempt signs it anew.
	whole := *req
	whole.Body = io.NopCloser(bytes.NewReader(body))
	return &whole, nil
}

// maxAnswer is more than DynamoDB makes of an item of its largest size, 400 KB.
const maxAnswer = 16 << 20

// The reasons why an answer is none.
var (
	errEndless  = errors.New("it does not end")
	errNothing  = errors.New("it says nothing, where AWS says at least {}")
	errChecksum = errors.New("it is not what its X-Amz-Crc32 says")
)

// wholeAnswer reads the body of an answer into memory, and makes sure that it
// is all there. Where the SDK does not look, an answer without a body would
// pass for a success, and one that is not what its checksum says (Amazon
// DynamoDB developer guide, "DynamoDB low-level API") for one that is.
func wholeAnswer(resp *http.Response) error {
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	_ = resp.Body.Close()
	switch {
	case err != nil:
		return err
	case len(body) > maxAnswer:
		return errEndless
	case resp.StatusCode < 300 && len(body) == 0:
		return errNothing
	}
	if sum := resp.Header.Get("X-Amz-Crc32"); sum != "" && sum != strconv.FormatUint(uint64(crc32.ChecksumIEEE(body)), 10) {
		return errChecksum
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return nil
}

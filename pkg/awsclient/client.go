package awsclient

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// Client is an aws.HTTPClient that sends each request in one piece, takes each
// answer whole or not at all, and ends in time, whatever the other side does.
// What is wrong with an answer fails the attempt, so that the SDK makes
// another. A redirect is not followed: AWS sends none to these calls, and a
// signed request belongs to the host that it was signed for.
type Client struct {
	transport *http.Transport
	limit     time.Duration
}

// NewClient makes a client that keeps one connection open, and whose requests
// take no longer than limit each, from dialling to the last byte.
func NewClient(limit time.Duration) *Client {
	return &Client{
		transport: &http.Transport{
			DialContext:         (&net.Dialer{Timeout: limit}).DialContext,
			TLSHandshakeTimeout: limit,
			MaxIdleConnsPerHost: 1,
			IdleConnTimeout:     time.Minute,
		},
		limit: limit,
	}
}

// Do implements aws.HTTPClient.
func (c *Client) Do(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(req.Context(), c.limit)
	defer cancel()
	// The copy leaves req as the SDK made it: its next attempt signs it anew.
	req = req.WithContext(ctx)
	if err := makeWhole(req); err != nil {
		return nil, fmt.Errorf("read the body of a request: %w", err)
	}
	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w", req.URL.Host, err)
	}
	if err := takeWhole(resp); err != nil {
		return nil, fmt.Errorf("read the answer of %s: %w", req.URL.Host, err)
	}
	// Where AWS_NEW_RETRIES_2026 is set, the SDK would wait for up to 5 s more
	// than the Retryer says.
	resp.Header.Del("X-Amz-Retry-After")
	return resp, nil
}

// makeWhole keeps header and body of a request together. net/http does so for
// bodies that it knows to be in memory; the SDK's it sends in two pieces, and
// drops the connection where the answer comes so fast that the SDK closes the
// body between its last byte and its end (smithy-go's safeWriteToReadCloser
// then fails instead of ending). That saves a system call and a TLS record a
// request, and keeps one connection for all.
func makeWhole(req *http.Request) error {
	if req.Body == nil || req.Body == http.NoBody {
		return nil
	}
	body, err := readAll(req.Body, req.ContentLength)
	_ = req.Body.Close()
	req.Body = io.NopCloser(bytes.NewReader(body))
	return err
}

// maxAnswer is more than DynamoDB makes of an item of its largest size, 400 KB.
const maxAnswer = 16 << 20

// The reasons why an answer is none.
var (
	errEndless  = errors.New("it does not end")
	errProtocol = errors.New("it goes on in another protocol")
	errNothing  = errors.New("it says nothing, where AWS says at least {}")
	errChecksum = errors.New("it is not what its X-Amz-Crc32 says")
)

// takeWhole reads the body of an answer into memory, and makes sure that it is
// all there. Where the SDK does not look, an answer without a body would pass
// for a success, and one that is not what its checksum says (Amazon DynamoDB
// developer guide, "DynamoDB low-level API") for one that is.
func takeWhole(resp *http.Response) error {
	if resp.StatusCode == http.StatusSwitchingProtocols {
		// What follows is the bare connection, which knows no time-out.
		_ = resp.Body.Close()
		return errProtocol
	}
	body, err := readAll(io.LimitReader(resp.Body, maxAnswer+1), resp.ContentLength)
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

// readAll is io.ReadAll with room for the length that was announced, if any.
func readAll(r io.Reader, announced int64) ([]byte, error) {
	room := min(max(announced, 0), maxAnswer)
	buffer := bytes.NewBuffer(make([]byte, 0, room+bytes.MinRead))
	_, err := buffer.ReadFrom(r)
	return buffer.Bytes(), err
}

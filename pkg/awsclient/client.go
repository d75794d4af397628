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
// response whole or not at all, and ends in time, whatever the other side does.
// A response that is wrong fails the attempt, so that the SDK makes another. A
// redirect is not followed: AWS sends none to these calls, and a signed request
// belongs to the host that it was signed for.
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
		return nil, fmt.Errorf("read the response of %s: %w", req.URL.Host, err)
	}
	// Where AWS_NEW_RETRIES_2026 is set, the SDK would wait for up to 5 s more
	// than the Retryer says.
	resp.Header.Del("X-Amz-Retry-After")
	return resp, nil
}

// makeWhole keeps header and body of a request together. net/http does so for
// bodies that it knows to be in memory; the SDK's it sends in two pieces, and
// drops the connection where the response comes so fast that the SDK closes the
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

// maxResponse is three times what 100 of the largest memberships are in
// DynamoDB's JSON, the longest response expected.
const maxResponse = 16 << 20

// What makes a response unusable.
var (
	errEndless  = errors.New("it does not end")
	errProtocol = errors.New("it switches to another protocol")
	errEmpty    = errors.New("it is empty, where AWS sends at least {}")
	errChecksum = errors.New("its X-Amz-Crc32 is that of other bytes")
)

// takeWhole reads the body of a response into memory. The SDK accepts an empty
// 200 and ignores a wrong checksum (Amazon DynamoDB developer guide, "DynamoDB
// low-level API"); both are errors here.
func takeWhole(resp *http.Response) error {
	if resp.StatusCode == http.StatusSwitchingProtocols {
		// The bare connection that follows has no time-out.
		_ = resp.Body.Close()
		return errProtocol
	}
	body, err := readAll(io.LimitReader(resp.Body, maxResponse+1), resp.ContentLength)
	_ = resp.Body.Close()
	switch {
	case err != nil:
		return err
	case len(body) > maxResponse:
		return errEndless
	case resp.StatusCode < 300 && len(body) == 0:
		return errEmpty
	}
	if sum := resp.Header.Get("X-Amz-Crc32"); sum != "" && sum != strconv.FormatUint(uint64(crc32.ChecksumIEEE(body)), 10) {
		return errChecksum
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return nil
}

// readAll is io.ReadAll with room for the length that was announced, if any.
func readAll(r io.Reader, announced int64) ([]byte, error) {
	room := min(max(announced, 0), maxResponse)
	buffer := bytes.NewBuffer(make([]byte, 0, room+bytes.MinRead))
	_, err := buffer.ReadFrom(r)
	return buffer.Bytes(), err
}

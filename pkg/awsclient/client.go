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

// Client is an aws.HTTPClient that sends each request in one write, returns each
// response whole or not at all, and ends in time, whatever the server does. A wrong
// response fails the attempt, so that the SDK makes another. Redirects are not
// followed: AWS sends none to these calls, and a signed request is for one host.
type Client struct {
	transport *http.Transport
	limit     time.Duration
}

// NewClient makes a client that keeps one connection open, and whose requests take
// at most limit each, from dialling to the last byte.
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
	// A copy, because the SDK signs req again for its next attempt.
	req = req.WithContext(ctx)
	if err := makeWhole(req); err != nil {
		return nil, fmt.Errorf("read the body of a request: %w", err)
	}
	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		return nil, fmt.Errorf("call %s: %w", req.URL.Host, err)
	}
	if err := takeWhole(resp); err != nil {
		return nil, fmt.Errorf("read the response of %s: %w", req.URL.Host, err)
	}
	// With AWS_NEW_RETRIES_2026, this header makes the SDK wait up to 5 s longer than
	// the Retryer says.
	resp.Header.Del("X-Amz-Retry-After")
	return resp, nil
}

// makeWhole reads the body of a request into memory, so that net/http sends it with
// the header, which saves a system call and a TLS record. It also keeps the
// connection: net/http drops it if the SDK, after a fast response, closes its body
// before net/http has read the end (smithy-go's safeWriteToReadCloser then fails
// instead of ending).
func makeWhole(req *http.Request) error {
	if req.Body == nil || req.Body == http.NoBody {
		return nil
	}
	body, err := readAll(req.Body, req.ContentLength)
	_ = req.Body.Close()
	req.Body = io.NopCloser(bytes.NewReader(body))
	return err
}

// maxResponse, in bytes, is three times the longest response expected: 100 of the
// largest memberships in DynamoDB's JSON.
const maxResponse = 16 << 20

// Why a response is unusable.
var (
	errTooLong  = errors.New("it is longer than 16 MiB")
	errProtocol = errors.New("it switches to another protocol")
	errEmpty    = errors.New("it is empty, but AWS sends at least {}")
	errChecksum = errors.New("its X-Amz-Crc32 does not match its body")
)

// takeWhole reads the body of a response into memory. The SDK accepts an empty
// 200 and ignores a wrong checksum (Amazon DynamoDB developer guide, "DynamoDB
// low-level API"); both are errors here.
func takeWhole(resp *http.Response) error {
	if resp.StatusCode == http.StatusSwitchingProtocols {
		// Its body is the bare connection, which has no time-out.
		_ = resp.Body.Close()
		return errProtocol
	}
	body, err := readAll(io.LimitReader(resp.Body, maxResponse+1), resp.ContentLength)
	_ = resp.Body.Close()
	switch {
	case err != nil:
		return err
	case len(body) > maxResponse:
		return errTooLong
	case resp.StatusCode < 300 && len(body) == 0:
		return errEmpty
	}
	if sum := resp.Header.Get("X-Amz-Crc32"); sum != "" && sum != strconv.FormatUint(uint64(crc32.ChecksumIEEE(body)), 10) {
		return errChecksum
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return nil
}

// readAll is io.ReadAll with a buffer for the announced length, if any.
func readAll(r io.Reader, announced int64) ([]byte, error) {
	room := min(max(announced, 0), maxResponse)
	buffer := bytes.NewBuffer(make([]byte, 0, room+bytes.MinRead))
	_, err := buffer.ReadFrom(r)
	return buffer.Bytes(), err
}

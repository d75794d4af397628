package faults

import (
	"bytes"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// Fault responds to a call in its own way, or not at all.
type Fault func(*Call)

// InTurn lets the first call meet the first fault, and so on; what comes after
// the last passes.
func InTurn(faults ...Fault) func() Fault {
	var mu sync.Mutex
	return func() Fault {
		mu.Lock()
		defer mu.Unlock()
		if len(faults) == 0 {
			return Pass
		}
		first := faults[0]
		faults = faults[1:]
		return first
	}
}

// Pass responds as the server does. A server that is gone ends its connections.
func Pass(c *Call) {
	c.relay(func(_ http.Header, body []byte) []byte { return body })
}

// The faults before the write: the server never hears of the call.

// ResetBefore ends the connection.
func ResetBefore(c *Call) { c.reset() }

// HangBefore is a black hole: it takes the call and never responds.
func HangBefore(c *Call) { c.abandoned() }

// Throttle responds as a table that is asked too much.
func Throttle(c *Call) {
	c.fail(http.StatusBadRequest, "ProvisionedThroughputExceededException")
}

// FailBefore says that DynamoDB failed.
func FailBefore(c *Call) { c.fail(http.StatusInternalServerError, "InternalServerError") }

// Speak responds in another protocol.
func Speak(c *Call) {
	conn, _, err := http.NewResponseController(c.w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	_, _ = conn.Write([]byte("220 mail.example.com ESMTP\r\n"))
	_ = conn.Close()
}

// The faults after it: the server has carried the call out, and the function
// can't know.

// ResetAfter loses the response with its connection.
func ResetAfter(c *Call) {
	_, _, _, _ = c.forward()
	c.reset()
}

// HangAfter keeps the response to itself.
func HangAfter(c *Call) {
	_, _, _, _ = c.forward()
	c.abandoned()
}

// FailAfter says that DynamoDB failed, though it did not.
func FailAfter(c *Call) {
	_, _, _, _ = c.forward()
	c.fail(http.StatusInternalServerError, "InternalServerError")
}

// Truncate ends the connection within the response.
func Truncate(c *Call) {
	if c.half() {
		panic(http.ErrAbortHandler)
	}
}

// Stall stops within the response and keeps the connection.
func Stall(c *Call) {
	if c.half() {
		c.abandoned()
	}
}

// Garble responds with something that is not JSON.
func Garble(c *Call) {
	c.relay(func(header http.Header, body []byte) []byte {
		header.Del("X-Amz-Crc32")
		return bytes.Repeat([]byte("?"), len(body))
	})
}

// Alter responds with other JSON than its checksum is of.
func Alter(c *Call) {
	c.relay(func(header http.Header, _ []byte) []byte {
		header.Set("X-Amz-Crc32", "1")
		return []byte(`{"Attributes":{}}`)
	})
}

// Hollow responds with success, and nothing else.
func Hollow(c *Call) {
	_, _, _, _ = c.forward()
	c.begin(nil, http.StatusOK, 0)
}

// Slow responds as the server does, after a while.
func Slow(while time.Duration) Fault {
	return func(c *Call) {
		select {
		case <-time.After(while):
		case <-c.r.Context().Done():
		}
		Pass(c)
	}
}

// Late delivers a call that the function has given up, once until is closed,
// and then closes delivered.
func Late(until <-chan struct{}, delivered chan<- struct{}) Fault {
	return func(c *Call) {
		c.abandoned()
		<-until
		_, _, _, _ = c.forward()
		close(delivered)
	}
}

// relay sends the server's response with the body that change makes of it; change
// may also touch the header.
func (c *Call) relay(change func(header http.Header, body []byte) []byte) {
	header, status, body, err := c.forward()
	if err != nil {
		c.reset()
		return
	}
	body = change(header, body)
	c.begin(header, status, len(body))
	_, _ = c.w.Write(body)
}

// half sends the first half of the server's response, and says whether there was
// one.
func (c *Call) half() bool {
	header, status, body, err := c.forward()
	if err != nil {
		c.reset()
		return false
	}
	c.begin(header, status, len(body))
	_, _ = c.w.Write(body[:len(body)/2])
	_ = http.NewResponseController(c.w).Flush()
	return true
}

// fail sends an error in DynamoDB's form.
func (c *Call) fail(status int, kind string) {
	body := fmt.Sprintf(`{"__type":"com.amazonaws.dynamodb.v20120810#%s","message":"a fault"}`, kind)
	c.begin(http.Header{"Content-Type": {"application/x-amz-json-1.0"}}, status, len(body))
	_, _ = c.w.Write([]byte(body))
}

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

// InTurn gives the first call the first fault, and so on. Calls after the last
// fault pass.
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

// Pass relays the server's response. If the server is down, it resets the
// connection.
func Pass(c *Call) {
	c.relay(func(_ http.Header, body []byte) []byte { return body })
}

// Faults before the write: the server never gets the call.

// ResetBefore ends the connection.
func ResetBefore(c *Call) { c.reset() }

// HangBefore takes the call and never responds.
func HangBefore(c *Call) { c.abandoned() }

// Throttle responds as a throttled table.
func Throttle(c *Call) {
	c.fail(http.StatusBadRequest, "ProvisionedThroughputExceededException")
}

// FailBefore responds with DynamoDB's 500.
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

// Faults after the write: the server has carried out the call, and the function
// can't know.

// ResetAfter ends the connection instead of responding.
func ResetAfter(c *Call) {
	_, _, _, _ = c.forward()
	c.reset()
}

// HangAfter never responds.
func HangAfter(c *Call) {
	_, _, _, _ = c.forward()
	c.abandoned()
}

// FailAfter responds with DynamoDB's 500, though the call succeeded.
func FailAfter(c *Call) {
	_, _, _, _ = c.forward()
	c.fail(http.StatusInternalServerError, "InternalServerError")
}

// Truncate ends the connection halfway through the response.
func Truncate(c *Call) {
	if c.half() {
		panic(http.ErrAbortHandler)
	}
}

// Stall stops halfway through the response and keeps the connection open.
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

// Alter responds with JSON that does not match its checksum.
func Alter(c *Call) {
	c.relay(func(header http.Header, _ []byte) []byte {
		header.Set("X-Amz-Crc32", "1")
		return []byte(`{"Attributes":{}}`)
	})
}

// Hollow responds with an empty 200.
func Hollow(c *Call) {
	_, _, _, _ = c.forward()
	c.begin(nil, http.StatusOK, 0)
}

// Slow passes the call on after a delay.
func Slow(delay time.Duration) Fault {
	return func(c *Call) {
		select {
		case <-time.After(delay):
		case <-c.r.Context().Done():
		}
		Pass(c)
	}
}

// Late passes the call on when the function has given it up and until is closed,
// and then closes delivered.
func Late(until <-chan struct{}, delivered chan<- struct{}) Fault {
	return func(c *Call) {
		c.abandoned()
		<-until
		_, _, _, _ = c.forward()
		close(delivered)
	}
}

// relay sends the server's response with the body that change returns. change may
// also edit the header.
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

// half sends the first half of the server's response; false if there was none.
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

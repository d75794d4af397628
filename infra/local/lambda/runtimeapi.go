package lambda

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"users-organizations/infra/local/template"
)

// runtimeAPI is the HTTP API that the process talks to.
func (p *process) runtimeAPI() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", p.serveNext)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/response", p.takeResponse)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/error", p.takeError)
	mux.HandleFunc("POST /2018-06-01/runtime/init/error", p.takeInitError)
	return mux
}

func (p *process) serveNext(w http.ResponseWriter, r *http.Request) {
	p.firstNext.Do(func() { close(p.asked) })
	var i *invocation
	select {
	case i = <-p.next:
	case <-r.Context().Done():
		return
	}
	p.mu.Lock()
	p.current = i
	p.mu.Unlock()
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Lambda-Runtime-Aws-Request-Id", i.id)
	h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(i.deadline.UnixMilli(), 10))
	h.Set("Lambda-Runtime-Invoked-Function-Arn", template.FunctionARN(p.config.Name))
	h.Set("Lambda-Runtime-Trace-Id", i.traceID)
	_, _ = w.Write(i.event)
}

func (p *process) takeResponse(w http.ResponseWriter, r *http.Request) {
	i := p.finish(r.PathValue("id"))
	if i == nil {
		refuse(w, http.StatusBadRequest, "InvalidRequestID")
		return
	}
	payload, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxResponse))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		message := "Response payload size exceeded maximum allowed payload size (" + strconv.Itoa(MaxResponse) + " bytes)."
		i.response <- response{err: &Error{Type: "Function.ResponseSizeTooLarge", Message: message}}
		refuse(w, http.StatusRequestEntityTooLarge, "RequestEntityTooLarge")
		return
	}
	if err != nil {
		i.response <- response{err: &Error{Type: "Runtime.ExitError", Message: "the response broke off: " + err.Error()}}
		return
	}
	i.response <- response{payload: payload}
	w.WriteHeader(http.StatusAccepted)
}

func (p *process) takeError(w http.ResponseWriter, r *http.Request) {
	i := p.finish(r.PathValue("id"))
	if i == nil {
		refuse(w, http.StatusBadRequest, "InvalidRequestID")
		return
	}
	i.response <- response{err: readError(w, r)}
	w.WriteHeader(http.StatusAccepted)
}

func (p *process) takeInitError(w http.ResponseWriter, r *http.Request) {
	failed := readError(w, r)
	p.mu.Lock()
	p.failed = failed
	p.mu.Unlock()
	w.WriteHeader(http.StatusAccepted)
}

// finish gives the current invocation, which then is no longer current; nil if id
// is not its id.
func (p *process) finish(id string) *invocation {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := p.current
	if i == nil || i.id != id {
		return nil
	}
	p.current = nil
	return i
}

func readError(w http.ResponseWriter, r *http.Request) *Error {
	e := &Error{}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, MaxResponse)).Decode(e); err != nil {
		e.Message = "the function reported an error that is not JSON"
	}
	if kind := r.Header.Get("Lambda-Runtime-Function-Error-Type"); e.Type == "" {
		e.Type = kind
	}
	return e
}

func refuse(w http.ResponseWriter, status int, kind string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `{"errorType":%q,"errorMessage":%q}`, kind, http.StatusText(status))
}

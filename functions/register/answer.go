package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"

	"users-organizations/pkg/membership"
	"users-organizations/pkg/problem"
)

// answer is a proxy answer, and the word under which it is counted and logged.
type answer struct {
	StatusCode      int               `json:"statusCode"`
	Headers         map[string]string `json:"headers"`
	Body            string            `json:"body"`
	IsBase64Encoded bool              `json:"isBase64Encoded"`

	outcome string
}

// The outcomes that are no problem; a problem's outcome is its code.
const (
	created  = "created"
	replayed = "replayed"
)

func (h *handler) answer(outcome membership.RegisterResult, err error, requestID string) answer {
	a := success(outcome, requestID)
	if err != nil {
		a = failure(problem.Of(err, requestID))
	}
	if h.allowedOrigin != "" {
		maps.Copy(a.Headers, map[string]string{
			"Access-Control-Allow-Origin":   h.allowedOrigin,
			"Access-Control-Expose-Headers": "Idempotency-Replayed, Retry-After, X-Request-Id",
			"Vary":                          "Origin",
		})
	}
	return a
}

func success(outcome membership.RegisterResult, requestID string) answer {
	a := answer{
		StatusCode: http.StatusCreated,
		Headers: map[string]string{
			"Content-Type":  "application/json",
			"Cache-Control": "no-store",
			"X-Request-Id":  requestID,
		},
		Body:    `{"data":` + text(outcome.Membership.MarshalJSON()) + `}`,
		outcome: created,
	}
	if outcome.Replayed {
		a.Headers["Idempotency-Replayed"] = "true"
		a.outcome = replayed
	}
	return a
}

func failure(p problem.Problem) answer {
	return answer{
		StatusCode: p.Status,
		Headers:    p.Headers(),
		Body:       text(json.Marshal(p)),
		outcome:    string(p.Code()),
	}
}

func text(data []byte, err error) string {
	if err != nil {
		panic(fmt.Sprintf("an answer is always JSON: %v", err))
	}
	return string(data)
}

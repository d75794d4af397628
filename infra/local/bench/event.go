package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// browser are the headers that a browser sends with a call of the back office,
// beyond those of the sample events.
var browser = map[string]string{
	"Accept":             "application/json, text/plain, */*",
	"accept-encoding":    "gzip, deflate, br, zstd",
	"accept-language":    "fr-FR,fr;q=0.9,en-US;q=0.8,en;q=0.7",
	"origin":             "https://office.example.com",
	"priority":           "u=1, i",
	"referer":            "https://office.example.com/",
	"sec-ch-ua-platform": `"Windows"`,
	"sec-fetch-mode":     "cors",
	"sec-fetch-site":     "cross-site",
	"User-Agent":         "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
}

// events makes the events of the calls: those of the samples, sent by a
// browser, with a new pair of ids each.
type events struct {
	proxy, authorization string
	// others are the samples of the other operations by name.
	others map[string]string
	// keys are what the sample tokens were signed with, in the form of AUTH_KEYS.
	keys string
	next int64
}

// The ids that stand in the texts of events for those of each call. They are
// legal, so that the texts can be checked as they are.
const (
	anyUser         = "8999999999999991"
	anyOrganization = "8999999999999992"
)

// readEvents reads the samples in dir.
func readEvents(dir string) (*events, error) {
	keys, err := os.ReadFile(filepath.Join(dir, "keys.json")) //nolint:gosec // The folder is the project's own.
	if err != nil {
		return nil, fmt.Errorf("reading the sample keys: %w", err)
	}
	authorization, err := readEvent(filepath.Join(dir, "authorizer.json"), nil)
	if err != nil {
		return nil, err
	}
	sent, _ := authorization["headers"].(map[string]any)
	proxy, err := readEvent(filepath.Join(dir, "register.json"), sent)
	if err != nil {
		return nil, err
	}
	e := &events{keys: string(keys), others: map[string]string{}}
	for _, p := range operations {
		event, err := readEvent(filepath.Join(dir, p.ours.event+".json"), sent)
		if err != nil {
			return nil, err
		}
		if e.others[p.ours.event], err = otherText(event); err != nil {
			return nil, err
		}
	}
	if e.authorization, err = text(authorization); err != nil {
		return nil, err
	}
	e.proxy, err = text(proxy)
	return e, err
}

// readEvent reads a sample and gives it a browser's headers, and the tokens of
// another event, if one is given.
func readEvent(file string, tokens map[string]any) (map[string]any, error) {
	data, err := os.ReadFile(file) //nolint:gosec // The folder is the project's own.
	if err != nil {
		return nil, fmt.Errorf("reading a sample event: %w", err)
	}
	var event map[string]any
	if err := json.Unmarshal(data, &event); err != nil {
		return nil, fmt.Errorf("reading %s: %w", file, err)
	}
	single, _ := event["headers"].(map[string]any)
	multi, _ := event["multiValueHeaders"].(map[string]any)
	if single == nil || multi == nil {
		return nil, fmt.Errorf("%s has no headers", file)
	}
	for name, value := range browser {
		single[name], multi[name] = value, []any{value}
	}
	for _, name := range []string{"Authorization", "x-session-token"} {
		if value, ok := tokens[name]; ok {
			single[name], multi[name] = value, []any{value}
		}
	}
	return event, nil
}

// text is an event as the gateway writes it, with both ids to be filled in.
func text(event map[string]any) (string, error) {
	event["pathParameters"] = map[string]any{"userId": anyUser, "organizationId": anyOrganization}
	data, err := json.Marshal(event)
	if err != nil {
		return "", fmt.Errorf("writing an event: %w", err)
	}
	return strings.ReplaceAll(string(data), "/register/1/organizations/1", "/register/"+anyUser+"/organizations/"+anyOrganization), nil
}

// otherText is an event of another operation, with the ids and the revision to
// be filled in.
func otherText(event map[string]any) (string, error) {
	parameters, _ := event["pathParameters"].(map[string]any)
	path, _ := event["path"].(string)
	for name, id := range map[string]string{"userId": anyUser, "organizationId": anyOrganization} {
		if _, there := parameters[name]; there {
			parameters[name] = id
		}
	}
	if event["httpMethod"] == http.MethodPatch {
		event["body"] = `{"scope":2}`
	}
	// In a path the first id stands for what its list is of.
	marked := strings.NewReplacer("/users/1", "/users/"+anyUser, "/organizations/1", "/organizations/"+anyOrganization).Replace(path)
	data, err := json.Marshal(event)
	if err != nil {
		return "", fmt.Errorf("writing an event: %w", err)
	}
	return strings.ReplaceAll(string(data), path, marked), nil
}

// sampleRevision is the one that the samples name in If-Match.
const sampleRevision = "0123456789abcdef0123456789abcdef"

// other is an event of another operation on one membership, of a revision.
func (e *events) other(p program, user, organization int64, revision string) []byte {
	return []byte(strings.NewReplacer(
		anyUser, strconv.FormatInt(user, 10), anyOrganization, strconv.FormatInt(organization, 10), sampleRevision, revision,
	).Replace(e.others[p.event]))
}

// event is the event of the next call of p.
func (e *events) event(p program) []byte {
	e.next++
	t := e.proxy
	if p.authorizer {
		t = e.authorization
	}
	user, organization := strconv.FormatInt(1_000_000_000+e.next, 10), strconv.FormatInt(2_000_000_000+e.next%100, 10)
	return []byte(strings.NewReplacer(anyUser, user, anyOrganization, organization).Replace(t))
}

// tokens are the two of every event.
func (e *events) tokens() (bearer, session string, err error) {
	var event struct {
		Headers struct {
			Authorization string `json:"authorization"`
			Session       string `json:"x-session-token"`
		} `json:"headers"`
	}
	if err := json.Unmarshal([]byte(e.authorization), &event); err != nil {
		return "", "", fmt.Errorf("reading an event: %w", err)
	}
	bearer, _ = strings.CutPrefix(event.Headers.Authorization, "Bearer ")
	return bearer, event.Headers.Session, nil
}

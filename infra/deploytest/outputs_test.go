package main

import (
	"strings"
	"testing"
)

func TestEachOutputIsTried(t *testing.T) {
	t.Parallel()
	o := outputs{"Url": "https://x", "Region": "eu-west-3", "Empty": ""}
	if url, err := o.take("Url"); url != "https://x" || err != nil {
		t.Errorf("Url is %q, %v", url, err)
	}
	for _, name := range []string{"Url", "Address", "Empty"} {
		if _, err := o.take(name); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	if err := o.allTried(); err == nil || !strings.Contains(err.Error(), "Empty, Region") {
		t.Errorf("got %v", err)
	}
	if err := (outputs{}).allTried(); err != nil {
		t.Error(err)
	}
}

func TestTheOutputUrlLeadsToTheAPI(t *testing.T) {
	t.Parallel()
	a := account{url: "http://127.0.0.1:4566", region: "eu-west-3"}
	const path = "/users-organizations/v1/bo/users/register/{userId}/organizations/{organizationId}"
	c, err := newClient(a, "", "https://09dd9c3b.execute-api.eu-west-3.amazonaws.com/main"+path)
	if err != nil || c.api != "09dd9c3b" || c.stage != "main" || c.url != "http://127.0.0.1:4566/_aws/execute-api/09dd9c3b/main" {
		t.Errorf("got %+v, %v", c, err)
	}
	for _, wrong := range []string{
		"https://09dd9c3b.execute-api.eu-west-3.amazonaws.com" + path,
		"https://09dd9c3b.execute-api.eu-west-1.amazonaws.com/main" + path,
		"http://09dd9c3b.execute-api.eu-west-3.amazonaws.com/main" + path,
		"https://09dd9c3b.execute-api.eu-west-3.amazonaws.com/main" + path + "/",
	} {
		if _, err := newClient(a, "", wrong); err == nil {
			t.Errorf("%s is a URL of the API", wrong)
		}
	}
}

package main

import (
	"encoding/json"
	"testing"
)

func TestWhoMayCallAFunction(t *testing.T) {
	t.Parallel()
	const (
		api  = "arn:aws:execute-api:eu-west-3:000000000000:abc/"
		get  = api + "main/GET/users/1/organizations"
		text = `{"Statement":[{"Effect":"Allow","Action":"lambda:InvokeFunction","Principal":{"Service":"apigateway.amazonaws.com"},` +
			`"Condition":{"ArnLike":{"AWS:SourceArn":"` + api + `main/GET/users/*/organizations"}}}]}`
	)
	for name, c := range map[string]struct {
		source string
		edit   func(*policy)
		want   bool
	}{
		"the method":          {get, nil, true},
		"another method":      {api + "main/PUT/users/1/organizations", nil, false},
		"another stage":       {api + "test/GET/users/1/organizations", nil, false},
		"another API":         {"arn:aws:execute-api:eu-west-3:000000000000:abd/main/GET/users/1/organizations", nil, false},
		"a longer path":       {get + "/1", nil, false},
		"the authorizer":      {api + "authorizers/x", nil, false},
		"for another service": {get, func(p *policy) { p.Statement[0].Principal.Service = "s3.amazonaws.com" }, false},
		"another action":      {get, func(p *policy) { p.Statement[0].Action = "lambda:GetFunction" }, false},
		"a denial":            {get, func(p *policy) { p.Statement[0].Effect = "Deny" }, false},
		"nothing":             {get, func(p *policy) { p.Statement = nil }, false},
		"a dot is no pattern": {api + "main/GET/users/1/organizations", func(p *policy) { p.Statement[0].Condition.ArnLike.SourceArn = api + "main.GET*" }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var p policy
			if err := json.Unmarshal([]byte(text), &p); err != nil {
				t.Fatal(err)
			}
			if c.edit != nil {
				c.edit(&p)
			}
			if got := p.allows(c.source); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

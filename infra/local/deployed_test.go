package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"
)

// deployedDev prints what the AWS CLI prints for a stack whose bearer keys are a set
// and whose session key is the one that the stack made.
func deployedDev(_ context.Context, arguments ...string) ([]byte, error) {
	outputs := map[string]string{
		"cloudformation describe-stack-resource --stack-name users-organizations-dev --logical-resource-id AuthorizerFunction": `{
			"StackResourceDetail": {"PhysicalResourceId": "dev-authorizer", "ResourceType": "AWS::Lambda::Function"}}`,
		"lambda get-function-configuration --function-name dev-authorizer": `{"Environment": {"Variables": {
			"AUTH_BEARER_KEYS_SECRET_ID": "arn:bearer", "AUTH_SESSION_KEYS_SECRET_ID": "arn:session", "AUTH_ISSUER": "https://auth.example"}}}`,
		"secretsmanager get-secret-value --secret-id arn:bearer": `{"SecretString":
			"{\"keys\":[{\"kty\":\"oct\",\"kid\":\"b2\",\"alg\":\"HS256\",\"k\":\"AAAA\"},{\"kty\":\"oct\",\"kid\":\"b1\",\"alg\":\"HS256\",\"k\":\"BBBB\"}]}"}`,
		"secretsmanager get-secret-value --secret-id arn:session": `{"SecretString":
			"{\"kty\":\"oct\",\"alg\":\"HS256\",\"kid\":\"session-1\",\"k\":\"CCCC\"}"}`,
	}
	command := strings.TrimSuffix(strings.Join(arguments, " "), " --region eu-west-3")
	output, ok := outputs[command]
	if !ok {
		return nil, errors.New("aws: not found")
	}
	return []byte(output), nil
}

func TestTheKeysOfADeployedStack(t *testing.T) {
	t.Parallel()
	k, variables, err := readDeployed(t.Context(), deployedDev, "dev")
	if err != nil {
		t.Fatal(err)
	}
	want := keys{
		Bearer: keySet{Keys: []jwk{
			{Type: "oct", ID: "b2", Algorithm: "HS256", Value: "AAAA"}, {Type: "oct", ID: "b1", Algorithm: "HS256", Value: "BBBB"},
		}},
		Session: keySet{Keys: []jwk{{Type: "oct", ID: "session-1", Algorithm: "HS256", Value: "CCCC"}}},
	}
	if !reflect.DeepEqual(k, want) {
		t.Errorf("got %+v, want %+v", k, want)
	}
	if got := variables["AUTH_ISSUER"]; got != "https://auth.example" {
		t.Errorf("the issuer is %q", got)
	}
}

func TestADeployedStackThatCannotBeRead(t *testing.T) {
	t.Parallel()
	broken := func(what, output string) awsCLI {
		return func(ctx context.Context, arguments ...string) ([]byte, error) {
			if strings.Contains(strings.Join(arguments, " "), what) {
				return []byte(output), nil
			}
			return deployedDev(ctx, arguments...)
		}
	}
	for _, test := range []struct {
		environment string
		aws         awsCLI
		want        string
	}{
		{"prod", deployedDev, "finding the authorizer of prod: aws: not found"},
		{"dev", broken("get-function-configuration", "?"), "reading the authorizer of dev: aws lambda get-function-configuration did not print JSON"},
		{"dev", broken("arn:bearer", `{"SecretString":"hunter2"}`), "reading the keys of bearer tokens: the secret is neither a JWK nor a JWK Set"},
	} {
		_, _, err := readDeployed(t.Context(), test.aws, test.environment)
		if err == nil || !strings.HasPrefix(err.Error(), test.want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("got %v, want %s", err, test.want)
		}
	}
}

func TestTheRegionOfAnEnvironment(t *testing.T) {
	t.Parallel()
	config := filepath.Join(t.TempDir(), "samconfig.toml")
	text := "version = 0.1\n\n[dev.global.parameters]\nport = 3001\n" +
		"\n[staging.global.parameters]\nregion = \"us-east-1\"\nport = 3001\n\n[prod.global.parameters]\nregion = \"eu-west-3\"\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for environment, want := range map[string]string{"staging": "us-east-1", "prod": "eu-west-3", "dev": "", "test": ""} {
		region, err := regionOf(config, environment)
		if region != want || (err == nil) != (want != "") {
			t.Errorf("%s: got %q, %v, want %q", environment, region, err, want)
		}
	}
	if _, err := regionOf(filepath.Join(t.TempDir(), "none"), "dev"); err == nil || !strings.HasPrefix(err.Error(), "finding the region of dev: ") {
		t.Errorf("without a file: %v", err)
	}
}

func TestTokensForADeployedStack(t *testing.T) {
	t.Parallel()
	var out, messages bytes.Buffer
	inRegion := func(ctx context.Context, arguments ...string) ([]byte, error) {
		if !slices.Equal(arguments[len(arguments)-2:], []string{"--region", "eu-west-3"}) {
			t.Errorf("aws %v is for another region", arguments)
		}
		return deployedDev(ctx, arguments...)
	}
	err := printTokens(t.Context(), []string{"-config", "../../samconfig.toml", "-env", "dev", "-user", "42"}, inRegion, &out, &messages)
	if err != nil {
		t.Fatal(err)
	}
	var minted tokens
	if err := json.Unmarshal(out.Bytes(), &minted); err != nil {
		t.Fatal(err)
	}
	bearer, session := jwt.MapClaims{}, jwt.MapClaims{}
	for _, token := range []struct {
		text, key string
		claims    jwt.MapClaims
	}{
		{strings.TrimPrefix(minted.Authorization, "Bearer "), "AAAA", bearer},
		{minted.Session, "CCCC", session},
	} {
		_, err := jwt.ParseWithClaims(token.text, token.claims, func(*jwt.Token) (any, error) {
			return base64.RawURLEncoding.DecodeString(token.key)
		})
		if err != nil {
			t.Errorf("a token of the stack's own key %s: %v", token.key, err)
		}
	}
	if bearer["iss"] != "https://auth.example" || bearer["sub"] != "42" || session["userId"] != "42" {
		t.Errorf("the claims are %v and %v", bearer, session)
	}
}

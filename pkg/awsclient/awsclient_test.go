package awsclient_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"users-organizations/pkg/awsclient"
)

const endpoint = "AWS_ENDPOINT_URL_X"

var limits = awsclient.Limits{Attempts: 3, Attempt: time.Second, Pause: 100 * time.Millisecond}

func lookup(env map[string]string) func(string) string {
	return func(name string) string { return env[name] }
}

func TestConfigNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	if _, err := awsclient.Config(lookup(nil), endpoint, limits); err == nil || !strings.Contains(err.Error(), "AWS_REGION") {
		t.Errorf("Config = %v, want AWS_REGION named", err)
	}
	cfg, err := awsclient.Config(lookup(map[string]string{"AWS_REGION": "eu-west-3", "AWS_ACCESS_KEY_ID": "id"}), endpoint, limits)
	if err != nil || cfg.Region != "eu-west-3" {
		t.Fatalf("Config = %+v, %v", cfg, err)
	}
	_, err = cfg.Credentials.Retrieve(t.Context())
	if err == nil || !strings.Contains(err.Error(), "AWS_SECRET_ACCESS_KEY") || strings.Contains(err.Error(), `"id"`) {
		t.Errorf("Retrieve = %v, want AWS_SECRET_ACCESS_KEY named", err)
	}
}

func TestCredentialsAreTheFunctionsOwn(t *testing.T) {
	t.Parallel()
	cfg, err := awsclient.Config(lookup(map[string]string{
		"AWS_REGION": "eu-west-3", "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "token",
	}), endpoint, limits)
	if err != nil {
		t.Fatal(err)
	}
	c, err := cfg.Credentials.Retrieve(t.Context())
	if err != nil || c.AccessKeyID != "id" || c.SecretAccessKey != "secret" || c.SessionToken != "token" {
		t.Errorf("Retrieve = %v, want the environment's", err)
	}
}

func TestRetryerIsTheSameUnderEveryMode(t *testing.T) {
	for _, retries := range []string{"", "true"} {
		t.Setenv("AWS_NEW_RETRIES_2026", retries)
		cfg, err := awsclient.Config(lookup(map[string]string{"AWS_REGION": "eu-west-3"}), endpoint, limits)
		if err != nil {
			t.Fatal(err)
		}
		retryer := cfg.Retryer()
		if n := retryer.MaxAttempts(); n != limits.Attempts {
			t.Errorf("%d attempts, want %d", n, limits.Attempts)
		}
		// The SDK counts attempts from 0 in one mode and from 1 in the other.
		for attempt := range limits.Attempts + 1 {
			for range 1000 {
				if d, err := retryer.RetryDelay(attempt, context.DeadlineExceeded); err != nil || d < limits.Pause/2 || d > limits.Pause {
					t.Fatalf("a pause of %v, %v, want %v to %v", d, err, limits.Pause/2, limits.Pause)
				}
			}
		}
		for range 1000 {
			if _, err := retryer.GetRetryToken(t.Context(), context.DeadlineExceeded); err != nil {
				t.Fatalf("a call after many retries gets none: %v", err)
			}
		}
	}
}

func TestLongestCoversEveryAttemptAndPause(t *testing.T) {
	t.Parallel()
	if got, want := limits.Longest(), 3200*time.Millisecond; got != want {
		t.Errorf("Longest() = %v, want %v", got, want)
	}
}

func TestEndpoint(t *testing.T) {
	t.Parallel()
	for value, ok := range map[string]bool{
		"": true, "http://127.0.0.1:8000": true, "https://dynamodb.eu-west-3.amazonaws.com": true,
		"localhost:8000": false, "ftp://127.0.0.1": false, "http://[::1": false, "http://": false, "/path": false,
	} {
		cfg, err := awsclient.Config(lookup(map[string]string{"AWS_REGION": "eu-west-3", endpoint: value}), endpoint, limits)
		if got := aws.ToString(cfg.BaseEndpoint); ok && (err != nil || got != value) {
			t.Errorf("%q: %q, %v", value, got, err)
		}
		if !ok && (err == nil || !strings.Contains(err.Error(), "AWS_ENDPOINT_URL_X must be a URL")) {
			t.Errorf("%q: %v, want the variable named", value, err)
		}
	}
}

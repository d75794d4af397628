// Package awsclient says how this service's functions reach AWS: whose
// credentials, how many attempts, how long each.
//
// It stands in for the SDK's config package, which reads files and asks
// services that do not exist on Lambda and costs every cold start for it; and
// for the SDK's defaults, which wait 30 s for a connection and for ever for a
// response.
package awsclient

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
)

// Limits bound one call of a service, so that it ends before the function's
// own time does.
type Limits struct {
	// Attempts is how often a call is tried, the first time included.
	Attempts int
	// Attempt bounds each of them, from dialling to the last byte.
	Attempt time.Duration
	// Pause is the longest wait before each further attempt, half of it the
	// shortest. It does not grow: over so few attempts that would gain nothing.
	Pause time.Duration
}

// Longest is how long a call may take at most.
func (l Limits) Longest() time.Duration {
	return time.Duration(l.Attempts)*l.Attempt + time.Duration(l.Attempts-1)*l.Pause
}

// Leaving ends ctx so long before its deadline, if it has one, that the caller can
// still respond.
func Leaving(ctx context.Context, left time.Duration) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return ctx, func() {}
	}
	return context.WithDeadline(ctx, deadline.Add(-left))
}

// Config makes clients out of the environment that Lambda gives a function
// (Lambda developer guide, "Defined runtime environment variables"). A
// variable that is missing is an error that names it.
func Config(getenv func(string) string, limits Limits) (aws.Config, error) {
	region := getenv("AWS_REGION")
	if region == "" {
		return aws.Config{}, errors.New("AWS_REGION is not set: name the region of the function")
	}
	return aws.Config{
		Region:      region,
		Credentials: environmentCredentials(getenv),
		HTTPClient:  NewClient(limits.Attempt),
		Retryer:     func() aws.Retryer { return newRetryer(limits) },
	}, nil
}

// Endpoint reads a variable that may name another endpoint than the region's
// own, which an empty one means. The error names the variable.
func Endpoint(getenv func(string) string, variable string) (string, error) {
	endpoint := getenv(variable)
	if endpoint != "" && !IsURL(endpoint) {
		return "", errors.New(variable + " must be a URL such as http://127.0.0.1:8000, or empty for the region's own endpoint")
	}
	return endpoint, nil
}

// IsURL says whether text is an http or https URL with a host.
func IsURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}

// environmentCredentials are the function's role: Lambda keeps them in the
// environment for as long as the process lives.
func environmentCredentials(getenv func(string) string) aws.CredentialsProvider {
	return aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		c := aws.Credentials{
			AccessKeyID:     getenv("AWS_ACCESS_KEY_ID"),
			SecretAccessKey: getenv("AWS_SECRET_ACCESS_KEY"),
			SessionToken:    getenv("AWS_SESSION_TOKEN"),
			Source:          "environment",
		}
		if !c.HasKeys() {
			return aws.Credentials{}, errors.New("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must both be set")
		}
		return c, nil
	})
}

// newRetryer leaves to the SDK what is worth another attempt, and nothing
// else. There is no token bucket: it would outlive a fault and fail the first
// calls after it. Nothing here depends on AWS_NEW_RETRIES_2026, which changes
// the SDK's numbers and even from which one it counts attempts.
func newRetryer(limits Limits) aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = limits.Attempts
		o.MaxBackoff = limits.Pause
		o.RateLimiter = ratelimit.None
		o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) {
			half := limits.Pause / 2
			return half + rand.N(half+1), nil //nolint:gosec // spreads the load, guards nothing
		})
	})
}

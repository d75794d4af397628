package main

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"users-organizations/infra/local/template"
	"users-organizations/pkg/caller"
	"users-organizations/pkg/token"
)

const (
	// defaultTTL is the lifetime of the session token in the API's example.
	defaultTTL  = 24 * time.Hour
	defaultUser = "1"
)

// tokens are the headers of a signed-in caller.
type tokens struct {
	Authorization string `json:"authorization"`
	Session       string `json:"x-session-token"`
}

// claims are the contents of both tokens.
type claims struct {
	user, session, scope string
	ttl                  time.Duration
	// issuer and audience are left out of the bearer token if empty.
	issuer, audience string
}

func printTokens(ctx context.Context, arguments []string, aws awsCLI, out, messages io.Writer) error {
	c := claims{}
	flags := flag.NewFlagSet("local token", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // The error has the message.
	data := flags.String("data", defaultData, "`directory` of the keys")
	file := flags.String("template", defaultTemplate, "the SAM template `file`, which names scopes, issuer and audience")
	config := flags.String("config", defaultConfig, "the SAM configuration `file`, which names the region of an environment")
	environment := flags.String("env", "", "the deployed `environment`, such as dev, that the tokens are for (default: the local system)")
	flags.StringVar(&c.user, "user", defaultUser, "the caller's user `id`")
	flags.StringVar(&c.session, "session", "local", "the session's `id`")
	c.ttl = defaultTTL
	flags.Func("ttl", "the `lifetime` of the tokens, such as 5m (default: 24h); -2m or less for expired ones, since clocks may differ by a minute", func(text string) (err error) {
		if c.ttl, err = time.ParseDuration(text); err != nil {
			return errors.New("give a lifetime such as 5m")
		}
		return nil
	})
	scope := flags.String("scope", "", "the bearer token's `scopes`, separated by spaces (default: all of the service's)")
	issuer := flags.String("issuer", "", "the bearer token's `iss`, empty for none (default: the one that the authorizer asks for)")
	audience := flags.String("audience", "", "the bearer token's `aud`, empty for none (default: the one that the authorizer asks for)")
	asCurl := flags.Bool("curl", false, "print a config file for curl -K instead of JSON")
	err := flags.Parse(arguments)
	if errors.Is(err, flag.ErrHelp) {
		flags.SetOutput(messages)
		flags.Usage()
		return err
	}
	if err == nil && flags.NArg() > 0 {
		err = fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if err != nil {
		return fmt.Errorf("%w (`make token ARGS=-h` lists the flags)", err)
	}
	if c.user == "" || c.session == "" {
		return errors.New("-user and -session must not be empty: give both an id, such as -user 42")
	}
	read := func() (keys, map[string]string, error) { return readLocal(*data, *file) }
	if *environment != "" {
		read = func() (keys, map[string]string, error) {
			region, err := regionOf(*config, *environment)
			if err != nil {
				return keys{}, nil, err
			}
			return readDeployed(ctx, aws.in(region), *environment)
		}
	}
	k, variables, err := read()
	if err != nil {
		return err
	}
	c.configure(variables)
	flags.Visit(func(f *flag.Flag) {
		switch f.Name {
		case "scope":
			c.scope = *scope
		case "issuer":
			c.issuer = *issuer
		case "audience":
			c.audience = *audience
		}
	})
	minted, err := mint(k, c, time.Now())
	if err != nil {
		return err
	}
	if *asCurl {
		_, err = fmt.Fprintf(out, "header = \"Authorization: %s\"\nheader = \"x-session-token: %s\"\n", minted.Authorization, minted.Session)
		return err
	}
	return json.NewEncoder(out).Encode(minted) //nolint:gosec // G117: printing the tokens is what was asked for.
}

// readLocal gives the local keys, and the variables of the template's
// authorizer.
func readLocal(data, file string) (keys, map[string]string, error) {
	t, err := template.Read(file, nil)
	if err != nil {
		return keys{}, nil, err
	}
	k, _, err := loadKeys(data)
	return k, t.Functions[t.API.Authorizer.Function].Environment, err
}

// configure sets the claims that an authorizer with these variables requires of a
// bearer token.
func (c *claims) configure(variables map[string]string) {
	prefix := cmp.Or(variables[caller.PrefixVariable], caller.DefaultPrefix)
	c.scope = token.All.Format(prefix)
	c.issuer = variables["AUTH_ISSUER"]
	c.audience = variables["AUTH_AUDIENCE"]
}

func mint(k keys, c claims, now time.Time) (tokens, error) {
	bearer := jwt.MapClaims{"sub": c.user, "scope": c.scope, "iat": now.Unix(), "exp": now.Add(c.ttl).Unix()}
	if c.issuer != "" {
		bearer["iss"] = c.issuer
	}
	if c.audience != "" {
		bearer["aud"] = c.audience
	}
	session := jwt.MapClaims{"userId": c.user, "sessionId": c.session, "iat": now.Unix(), "exp": now.Add(c.ttl).Unix()}
	authorization, err := k.Bearer.sign(bearer)
	if err != nil {
		return tokens{}, fmt.Errorf("signing the bearer token: %w", err)
	}
	sessionToken, err := k.Session.sign(session)
	if err != nil {
		return tokens{}, fmt.Errorf("signing the session token: %w", err)
	}
	return tokens{Authorization: "Bearer " + authorization, Session: sessionToken}, nil
}

// sign signs with the first key of the set.
func (s keySet) sign(c jwt.MapClaims) (string, error) {
	key := s.Keys[0]
	if key.Type != "oct" || key.Algorithm != jwt.SigningMethodHS256.Alg() {
		return "", fmt.Errorf("the first key is %s for %s: only an oct key for HS256 can sign here", key.Type, key.Algorithm)
	}
	value, err := base64.RawURLEncoding.DecodeString(key.Value)
	if err != nil {
		return "", fmt.Errorf("the key %s: %w", key.ID, err)
	}
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, c)
	token.Header["kid"] = key.ID
	return token.SignedString(value)
}

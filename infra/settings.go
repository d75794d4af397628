package main

import (
	"cmp"
	"fmt"
	"maps"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/jsii-runtime-go"

	"users-organizations/pkg/caller"
	"users-organizations/pkg/cors"
)

// Settings are all that differs from one environment to another.
type Settings struct {
	// Account is the AWS account, 12 digits: the CDK refuses to deploy with the
	// credentials of another. Empty takes the account of the credentials.
	Account string
	// Region is the AWS region, such as eu-west-3.
	Region string
	// GatewayLogRole is true where this service owns the role with which API
	// Gateway writes logs, one for every API of an account and region: then the
	// stack api-gateway-log-role is deployed, too. It is false where somebody else
	// has set that role. `make deploy` refuses to replace somebody else's role.
	GatewayLogRole bool

	// Domain is the API's own name, such as memberships.example.org, and
	// Certificate the ARN of its ACM certificate in the same region. Without both,
	// API Gateway generates the URL, and a new one when the API is replaced.
	Domain, Certificate string

	// Memory is in MiB by function, 128 to 10240. A function that is not named gets
	// 256. Lambda gives processor time in proportion to it.
	Memory map[string]int
	// ReservedConcurrency is how many concurrent runs a function always has, 1 to
	// 900, and also its limit. Without it none are reserved: they would be missing
	// for every other function of the account, and the throttle below already
	// limits the calls.
	ReservedConcurrency map[string]int
	// RequestsPerSecond and Burst throttle the stage as a whole: the steady rate, 1
	// to 10000, and the size of API Gateway's token bucket, 1 to 5000.
	RequestsPerSecond, Burst int
	// RequestsPerAddress is the limit of the web ACL for one address, in requests
	// per second as the mean of five minutes: 1 to RequestsPerSecond, and less in
	// prod, so that no address can use up the throttle alone. 0 means no web ACL.
	RequestsPerAddress int

	// Tracing is the share of the requests that X-Ray traces, 0 to 1. Each trace
	// costs; 0 turns tracing off.
	Tracing float64

	// AuditRetention is how long the access log and the functions' logs are kept:
	// in prod a year or longer, since they say who did what from where, and who
	// was refused. LogRetention is for all other logs.
	AuditRetention, LogRetention awslogs.RetentionDays
	// Protected keeps tables, keys and logs when the stack is deleted, and protects
	// the tables and the stack from deletion by accident.
	Protected bool
	// BackupDays is for how many days each weekly copy of the tables is kept in a
	// locked vault, 1 to 36500, in addition to point-in-time recovery of 35 days.
	// 0 means no copies.
	BackupDays int
	// CustomerManagedKey encrypts tables, secrets and copies with a key of this
	// stack instead of AWS's own. Only then can copies go to another account, and
	// disabling the key cuts off all access; but it costs, and losing the key loses
	// everything. A vault keeps its key: a change makes another vault.
	CustomerManagedKey bool
	// AlarmEmail gets every alarm. Empty means no alarms and no dashboard.
	AlarmEmail string
	// AlarmEndpoint gets every alarm, too: the https:// address of a pager that
	// takes messages of SNS. Anybody who can read the template can use it. Empty
	// means none.
	AlarmEndpoint string
	// Canary sends a tenth of the calls to a new version of a function for five
	// minutes, and back to the old one when an alarm is raised meanwhile.
	Canary bool

	// AllowedOrigin is the one web origin that may read our responses, such as
	// https://backoffice.example.org. Empty means none.
	AllowedOrigin string
	// Issuer and Audience are the iss and aud that a bearer token must have. Empty
	// means that the claim is not checked.
	Issuer, Audience string
	// ScopePrefix is the part before the colon of the scopes in bearer tokens, such
	// as users-organizations of users-organizations:read.
	ScopePrefix string
	// AuthorizerTTL is for how many seconds API Gateway reuses the authorizer's
	// decision on a pair of tokens, 0 to 3600.
	AuthorizerTTL int
}

// settingsOf returns the validated settings of one of all environments.
func settingsOf(all map[string]Settings, environment string) (Settings, error) {
	settings, ok := all[environment]
	if !ok {
		return Settings{}, fmt.Errorf("environment %q is unknown: choose one of %s",
			environment, strings.Join(slices.Sorted(maps.Keys(all)), ", "))
	}
	if err := settings.validate(environment); err != nil {
		return Settings{}, fmt.Errorf("settings of %s: %w", environment, err)
	}
	return settings, nil
}

var (
	account = regexp.MustCompile(`^[0-9]{12}$`)
	region  = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]$`)
	domain  = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$`)
)

// retentions are all finite retentions of CloudWatch, the shortest first.
var retentions = []awslogs.RetentionDays{
	awslogs.RetentionDays_ONE_DAY, awslogs.RetentionDays_THREE_DAYS, awslogs.RetentionDays_FIVE_DAYS,
	awslogs.RetentionDays_ONE_WEEK, awslogs.RetentionDays_TWO_WEEKS, awslogs.RetentionDays_ONE_MONTH,
	awslogs.RetentionDays_TWO_MONTHS, awslogs.RetentionDays_THREE_MONTHS, awslogs.RetentionDays_FOUR_MONTHS,
	awslogs.RetentionDays_FIVE_MONTHS, awslogs.RetentionDays_SIX_MONTHS, awslogs.RetentionDays_ONE_YEAR,
	awslogs.RetentionDays_THIRTEEN_MONTHS, awslogs.RetentionDays_EIGHTEEN_MONTHS, awslogs.RetentionDays_TWO_YEARS,
	awslogs.RetentionDays_THREE_YEARS, awslogs.RetentionDays_FIVE_YEARS, awslogs.RetentionDays_SIX_YEARS,
	awslogs.RetentionDays_SEVEN_YEARS, awslogs.RetentionDays_EIGHT_YEARS, awslogs.RetentionDays_NINE_YEARS,
	awslogs.RetentionDays_TEN_YEARS,
}

// aYear is the index of one year.
var aYear = slices.Index(retentions, awslogs.RetentionDays_ONE_YEAR)

// validate returns an error that names the first wrong setting and what is
// allowed.
func (s Settings) validate(environment string) error {
	prod := environment == "prod"
	type rule struct {
		field   string
		value   any
		good    bool
		allowed string
	}
	rules := []rule{
		{"Account", s.Account, s.Account == "" || account.MatchString(s.Account),
			"12 digits, or empty for the account of the credentials"},
		{"Region", s.Region, region.MatchString(s.Region), "a region such as eu-west-3"},
		{"Domain", s.Domain, s.Domain == "" || domain.MatchString(s.Domain),
			"a DNS name in lower case, such as memberships.example.org, or empty for API Gateway's own"},
		{"Domain", s.Domain, (s.Domain == "") == (s.Certificate == ""), "a name with a Certificate, or neither"},
		{"Certificate", s.Certificate, s.Certificate == "" || s.isCertificate(s.Certificate),
			fmt.Sprintf("the ARN of an ACM certificate of this account in %s", s.Region)},
		{"RequestsPerSecond", s.RequestsPerSecond, within(s.RequestsPerSecond, 1, 10_000),
			"1 to 10000, the quota of an account"},
		{"Burst", s.Burst, within(s.Burst, 1, 5000), "1 to 5000, the quota of an account"},
		{"RequestsPerAddress", s.RequestsPerAddress, within(s.RequestsPerAddress, 0, s.RequestsPerSecond),
			"1 to RequestsPerSecond, or 0 for no web ACL"},
		{"RequestsPerAddress", s.RequestsPerAddress, !prod || within(s.RequestsPerAddress, 1, s.RequestsPerSecond-1),
			"1 to less than RequestsPerSecond in prod, so that one address can't use up the throttle"},
		{"Tracing", s.Tracing, 0 <= s.Tracing && s.Tracing <= 1, "0 for no tracing, up to 1 for every request"},
		{"LogRetention", s.LogRetention, slices.Contains(retentions, s.LogRetention),
			"a finite RetentionDays of awslogs, such as RetentionDays_ONE_MONTH"},
		{"AuditRetention", s.AuditRetention, slices.Contains(retentions, s.AuditRetention),
			"a finite RetentionDays of awslogs, such as RetentionDays_ONE_YEAR"},
		{"AuditRetention", s.AuditRetention, !prod || slices.Contains(retentions[aYear:], s.AuditRetention),
			"RetentionDays_ONE_YEAR or longer in prod"},
		{"Protected", s.Protected, s.Protected || !prod, "true in prod"},
		{"BackupDays", s.BackupDays, within(s.BackupDays, 0, 36500), "1 to 36500 days, or 0 for no copies"},
		{"BackupDays", s.BackupDays, s.BackupDays == 0 || s.Protected,
			"0 unless Protected is true: a locked vault stays when its stack goes"},
		{"AlarmEmail", s.AlarmEmail, s.AlarmEmail == "" || isAddress(s.AlarmEmail),
			"a bare e-mail address, or empty for no alarms"},
		{"AlarmEmail", s.AlarmEmail, s.AlarmEmail != "" || !prod, "an e-mail address in prod, which needs its alarms"},
		{"AlarmEndpoint", s.AlarmEndpoint, s.AlarmEndpoint == "" || s.AlarmEmail != "" && isHTTPS(s.AlarmEndpoint),
			"an https:// address together with an AlarmEmail, or empty"},
		{"Canary", s.Canary, s.AlarmEmail != "" || !s.Canary, "true only with an AlarmEmail, since alarms end a canary"},
		{"AllowedOrigin", s.AllowedOrigin, s.AllowedOrigin == "" || cors.IsOrigin(s.AllowedOrigin),
			"https:// and a host, or http://localhost, with an optional port and no path; or empty"},
		{"Issuer", s.Issuer, s.Issuer != "" || !prod, "the iss of the bearer tokens, not empty in prod"},
		{"Audience", s.Audience, s.Audience != "" || !prod, "the aud of the bearer tokens, not empty in prod"},
		{"ScopePrefix", s.ScopePrefix, caller.IsPrefix(s.ScopePrefix),
			`the part of a scope before the colon, in visible ASCII without ", \ and colon`},
		{"AuthorizerTTL", s.AuthorizerTTL, within(s.AuthorizerTTL, 0, 3600), "0 to 3600 seconds"},
	}
	for name, memory := range s.Memory {
		rules = append(rules, rule{"Memory of " + name, memory, isFunction(name) && within(memory, 128, 10240),
			"128 to 10240 MiB, for a function of infra/functions.go"})
	}
	for name, reserved := range s.ReservedConcurrency {
		rules = append(rules, rule{"ReservedConcurrency of " + name, reserved, isFunction(name) && within(reserved, 1, 900),
			"1 to 900, the quota of an account less the 100 that Lambda leaves to all others, for a function of infra/functions.go"})
	}
	for _, rule := range rules {
		if !rule.good {
			return fmt.Errorf("%s is %#v: allowed is %s", rule.field, rule.value, rule.allowed)
		}
	}
	return nil
}

// deployable returns an error that names the first setting that is missing or
// still an example.
func (s Settings) deployable() error {
	if s.Protected && s.Account == "" {
		return fmt.Errorf("%s is not set: name the account in infra/environments.go, so that nobody deploys "+
			"with the credentials of another", "Account")
	}
	for _, setting := range []struct{ field, value string }{
		{"AlarmEmail", s.AlarmEmail},
		{"AlarmEndpoint", s.AlarmEndpoint},
		{"Issuer", s.Issuer},
		{"AllowedOrigin", s.AllowedOrigin},
		{"Domain", s.Domain},
	} {
		if strings.Contains(setting.value, "example.com") {
			return fmt.Errorf("%s is %q, an example: set your own in infra/environments.go before you deploy",
				setting.field, setting.value)
		}
	}
	return nil
}

func (s Settings) memory(function string) int { return cmp.Or(s.Memory[function], 256) }

// reservedConcurrency is nil where none is reserved.
func (s Settings) reservedConcurrency(function string) *float64 {
	if n := s.ReservedConcurrency[function]; n > 0 {
		return jsii.Number(n)
	}
	return nil
}

// removal says what happens to a resource with data that leaves the stack. One
// whose creation fails is deleted in any case: it holds no data yet.
func (s Settings) removal() awscdk.RemovalPolicy {
	if s.Protected {
		return awscdk.RemovalPolicy_RETAIN_ON_UPDATE_OR_DELETE
	}
	return awscdk.RemovalPolicy_DESTROY
}

// certificate captures the region and the account of an ARN.
var certificate = regexp.MustCompile(`^arn:aws[a-z-]*:acm:([a-z0-9-]+):([0-9]{12}):certificate/[0-9a-f-]+$`)

// isCertificate reports whether API Gateway can use the certificate: it must be
// in the region, and in the account where one is set.
func (s Settings) isCertificate(arn string) bool {
	parts := certificate.FindStringSubmatch(arn)
	return parts != nil && parts[1] == s.Region && (s.Account == "" || parts[2] == s.Account)
}

func within(n, least, most int) bool { return least <= n && n <= most }

func isAddress(text string) bool {
	address, err := mail.ParseAddress(text)
	return err == nil && address.Address == text
}

func isHTTPS(text string) bool {
	address, err := url.Parse(text)
	return err == nil && address.Scheme == "https" && address.Host != ""
}

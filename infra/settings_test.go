package main

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"

	"users-organizations/pkg/caller"
)

func TestEveryEnvironmentHasGoodSettings(t *testing.T) {
	t.Parallel()
	for environment := range environments() {
		if _, err := settingsOf(environments(), environment); err != nil {
			t.Error(err)
		}
	}
}

func TestAnUnknownEnvironmentNamesTheChoices(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "production", "Dev"} {
		_, err := settingsOf(environments(), name)
		want := `environment "` + name + `" is unknown: choose one of dev, prod, staging`
		if err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestAWrongSettingIsNamedWithWhatIsAllowed(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		environment string
		change      func(*Settings)
		want        string
	}{
		{"dev", func(s *Settings) { s.Account = "12345" }, `Account is "12345": allowed is 12 digits`},
		{"dev", func(s *Settings) { s.Region = "Paris" }, `Region is "Paris": allowed is a region such as eu-west-3`},
		{"dev", func(s *Settings) { s.Region = "" }, `Region is ""`},
		{"dev", func(s *Settings) { s.Domain = "https://memberships.example.org" }, `Domain is "https://memberships.example.org": allowed is a DNS name`},
		{"dev", func(s *Settings) { s.Certificate = "" }, `Domain is "memberships.backoffice.invalid": allowed is a name with a Certificate, or neither`},
		{"dev", func(s *Settings) { s.Domain = "" }, `Domain is "": allowed is a name with a Certificate, or neither`},
		{"dev", func(s *Settings) { s.Certificate = strings.Replace(s.Certificate, s.Region, "us-east-1", 1) },
			`Certificate is "arn:aws:acm:us-east-1:123456789012:certificate/0c2a7e0e-6f0d-4a0e-9b5c-1f2d3c4b5a69": ` +
				`allowed is the ARN of an ACM certificate of this account in eu-central-1`},
		{"dev", func(s *Settings) { s.Certificate = strings.Replace(s.Certificate, s.Account, "999999999999", 1) }, `Certificate is "arn:aws:acm:eu-central-1:999999999999:`},
		{"dev", func(s *Settings) { s.Certificate = "memberships" }, `Certificate is "memberships": allowed is the ARN of an ACM certificate`},
		{"dev", func(s *Settings) { s.Memory = map[string]int{"register": 64} }, "Memory of register is 64: allowed is 128 to 10240 MiB"},
		{"dev", func(s *Settings) { s.Memory = map[string]int{"authorizer": 10241} }, "Memory of authorizer is 10241"},
		{"dev", func(s *Settings) { s.Memory = map[string]int{"registrar": 256} }, "Memory of registrar is 256: allowed is 128 to 10240 MiB, for a function of infra/functions.go"},
		{"dev", func(s *Settings) { s.ReservedConcurrency = map[string]int{"register": 0} }, "ReservedConcurrency of register is 0: allowed is 1 to 900"},
		{"dev", func(s *Settings) { s.ReservedConcurrency = map[string]int{"register": 901} }, "ReservedConcurrency of register is 901: allowed is 1 to 900"},
		{"dev", func(s *Settings) { s.ReservedConcurrency = map[string]int{"registrar": 1} }, "ReservedConcurrency of registrar is 1: allowed is 1 to 900"},
		{"dev", func(s *Settings) { s.RequestsPerSecond = 0 }, "RequestsPerSecond is 0: allowed is 1 to 10000"},
		{"dev", func(s *Settings) { s.Burst = 5001 }, "Burst is 5001: allowed is 1 to 5000"},
		{"prod", func(s *Settings) { s.RequestsPerAddress = 51 }, "RequestsPerAddress is 51: allowed is 1 to RequestsPerSecond"},
		{"prod", func(s *Settings) { s.RequestsPerAddress = -1 }, "RequestsPerAddress is -1: allowed is 1 to RequestsPerSecond"},
		{"prod", func(s *Settings) { s.RequestsPerAddress = 50 }, "RequestsPerAddress is 50: allowed is 1 to less than RequestsPerSecond in prod"},
		{"prod", func(s *Settings) { s.RequestsPerAddress = 0 }, "RequestsPerAddress is 0: allowed is 1 to less than RequestsPerSecond in prod"},
		{"dev", func(s *Settings) { s.Tracing = 2.0 }, "Tracing is 2: allowed is 0 for no tracing, up to 1 for every request"},
		{"dev", func(s *Settings) { s.Tracing = -0.1 }, "Tracing is -0.1: allowed is 0"},
		{"dev", func(s *Settings) { s.LogRetention = "" }, `LogRetention is "": allowed is a finite RetentionDays of awslogs`},
		{"dev", func(s *Settings) { s.LogRetention = "30 days" }, `LogRetention is "30 days": allowed is a finite RetentionDays`},
		{"prod", func(s *Settings) { s.LogRetention = awslogs.RetentionDays_INFINITE }, `LogRetention is "INFINITE"`},
		{"dev", func(s *Settings) { s.AuditRetention = "" }, `AuditRetention is "": allowed is a finite RetentionDays of awslogs`},
		{"prod", func(s *Settings) { s.AuditRetention = awslogs.RetentionDays_SIX_MONTHS }, `AuditRetention is "SIX_MONTHS": allowed is RetentionDays_ONE_YEAR or longer in prod`},
		{"dev", func(s *Settings) { s.BackupDays = -1 }, "BackupDays is -1: allowed is 1 to 36500 days, or 0 for no copies"},
		{"dev", func(s *Settings) { s.Protected = false }, "BackupDays is 365: allowed is 0 unless Protected is true"},
		{"dev", func(s *Settings) { s.AlarmEmail = "Ops <ops@example.com>" }, `AlarmEmail is "Ops <ops@example.com>"`},
		{"dev", func(s *Settings) { s.AlarmEndpoint = "http://pager.example.org/x" }, `AlarmEndpoint is "http://pager.example.org/x": allowed is an https:// address`},
		{"dev", func(s *Settings) { s.AlarmEmail, s.Canary = "", false }, `AlarmEndpoint is "https://pager.backoffice.invalid/integration/1/enqueue": allowed is an https:// address together with an AlarmEmail`},
		{"dev", func(s *Settings) { s.AlarmEmail = "ops" }, `AlarmEmail is "ops": allowed is a bare e-mail address`},
		{"prod", func(s *Settings) { s.AlarmEmail = "" }, `AlarmEmail is "": allowed is an e-mail address in prod`},
		{"prod", func(s *Settings) { s.Protected = false }, "Protected is false: allowed is true in prod"},
		{"dev", func(s *Settings) { s.AlarmEmail, s.AlarmEndpoint = "", "" }, "Canary is true: allowed is true only with an AlarmEmail"},
		{"dev", func(s *Settings) { s.AllowedOrigin = "http://backoffice.example.org" }, `AllowedOrigin is "http://backoffice.example.org": allowed is https:// and a host`},
		{"prod", func(s *Settings) { s.Issuer = "" }, `Issuer is "": allowed is the iss of the bearer tokens`},
		{"prod", func(s *Settings) { s.Audience = "" }, `Audience is "": allowed is the aud of the bearer tokens`},
		{"dev", func(s *Settings) { s.ScopePrefix = "" }, `ScopePrefix is "": allowed is the part of a scope before the colon`},
		{"dev", func(s *Settings) { s.ScopePrefix = "users organizations" }, `ScopePrefix is "users organizations": allowed is the part`},
		{"dev", func(s *Settings) { s.ScopePrefix = "users-organizations:" }, `ScopePrefix is "users-organizations:": allowed is the part`},
		{"dev", func(s *Settings) { s.AuthorizerTTL = 3601 }, "AuthorizerTTL is 3601: allowed is 0 to 3600 seconds"},
		{"dev", func(s *Settings) { s.AuthorizerTTL = -1 }, "AuthorizerTTL is -1"},
	} {
		settings := inOperation()
		test.change(&settings)
		err := settings.validate(test.environment)
		if err == nil {
			t.Errorf("%s: got no error, want %s", test.environment, test.want)
			continue
		}
		if !strings.HasPrefix(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want one line that begins with %s", test.environment, err, test.want)
		}
	}
}

// With a prefix that the settings accept and the functions refuse, the deployed
// functions would not start.
func TestSettingsAndFunctionsAcceptTheSameScopePrefixes(t *testing.T) {
	t.Parallel()
	scopeToken := regexp.MustCompile(`^[!#-9;-\[\]-~]+$`) // RFC 6749, section 3.3, without a colon
	for r := range rune(256) {
		prefix := "a" + string(r)
		_, functions := caller.ScopePrefix(func(string) string { return prefix })
		settings := inOperation()
		settings.ScopePrefix = prefix
		stack := settings.validate("dev")
		if want := scopeToken.MatchString(prefix); (functions == nil) != want || (stack == nil) != want {
			t.Errorf("%q: functions: %v, the stack: %v, want it accepted: %t", prefix, functions, stack, want)
		}
	}
}

func TestADeploymentRefusesExamples(t *testing.T) {
	t.Parallel()
	if err := environments()["dev"].deployable(); err != nil {
		t.Errorf("dev: %v", err)
	}
	if err := inOperation().deployable(); err != nil {
		t.Errorf("real settings: %v", err)
	}
	for field, change := range map[string]func(*Settings){
		"Account":       func(s *Settings) { s.Account = "" },
		"AlarmEmail":    func(s *Settings) { s.AlarmEmail = "alarms@example.com" },
		"Issuer":        func(s *Settings) { s.Issuer = "https://auth.example.com" },
		"AlarmEndpoint": func(s *Settings) { s.AlarmEndpoint = "https://pager.example.com" },
		"Domain":        func(s *Settings) { s.Domain = "memberships.example.com" },
		"AllowedOrigin": func(s *Settings) { s.AllowedOrigin = "https://backoffice.example.com" },
	} {
		settings := inOperation()
		change(&settings)
		if err := settings.deployable(); err == nil || !strings.HasPrefix(err.Error(), field+" is ") {
			t.Errorf("%s: got %v", field, err)
		}
	}
}

func TestEveryListOfEnvironmentsIsComplete(t *testing.T) {
	t.Parallel()
	if got, want := slices.Sorted(maps.Keys(environments())), slices.Sorted(slices.Values(all)); !slices.Equal(got, want) {
		t.Fatalf("the environments are %v, and these tests check %v", got, want)
	}
	for file, words := range map[string]string{
		"../Makefile":                     strings.Join(all, "|") + ")",
		"../.github/workflows/deploy.yml": "options: [" + strings.Join(all, ", ") + "]",
		"../.github/workflows/diff.yml":   "environment: [" + strings.Join(all, ", ") + "]",
	} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), words) {
			t.Errorf("%s does not contain %s", file, words)
		}
	}
}

// The tag `latest` of aws-cdk can't read what this app writes.
func TestTheCDKsCommandLineIsPinned(t *testing.T) {
	t.Parallel()
	var manifest struct{ DevDependencies map[string]string }
	if err := readJSON("package.json", &manifest); err != nil {
		t.Fatal(err)
	}
	if got := manifest.DevDependencies["aws-cdk"]; got != "2.1148.1" {
		t.Errorf("aws-cdk is %q, want the exact version that these tests ran with", got)
	}
}

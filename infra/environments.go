package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"

	"users-organizations/pkg/caller"
)

// environments are the places where this service runs, by name. A value on
// example.com stands for one that nobody but the operator can know: it is good
// enough to synthesize and to compare, and a deployment refuses it.
func environments() map[string]Settings {
	return map[string]Settings{
		// dev can be deployed as it is, costs next to nothing at rest, and goes
		// away without a trace.
		"dev": {
			Region:            "eu-west-3",
			GatewayLogRole:    true,
			RequestsPerSecond: 20,
			Burst:             40,
			AuditRetention:    awslogs.RetentionDays_ONE_WEEK,
			LogRetention:      awslogs.RetentionDays_ONE_WEEK,
			ScopePrefix:       caller.DefaultPrefix,
			AuthorizerTTL:     60,
		},
		// staging is prod in all but its traffic and how long it keeps what.
		"staging": {
			Region:             "eu-west-3",
			GatewayLogRole:     true,
			RequestsPerSecond:  100,
			Burst:              200,
			RequestsPerAddress: 100,
			Tracing:            0.05,
			AuditRetention:     awslogs.RetentionDays_ONE_MONTH,
			LogRetention:       awslogs.RetentionDays_ONE_MONTH,
			Protected:          true,
			AlarmEmail:         "users-organizations-staging@example.com",
			Issuer:             "https://auth.staging.example.com",
			Audience:           "users-organizations",
			ScopePrefix:        caller.DefaultPrefix,
			AuthorizerTTL:      60,
			Canary:             true,
		},
		"prod": {
			Region:            "eu-west-3",
			GatewayLogRole:    true,
			RequestsPerSecond: 500,
			Burst:             1000,
			// More than twice what 100 million registrations a month come to, and a
			// fifth of the throttle: it takes five addresses to use that up.
			RequestsPerAddress: 100,
			Tracing:            0.05,
			AuditRetention:     awslogs.RetentionDays_ONE_YEAR,
			LogRetention:       awslogs.RetentionDays_THREE_MONTHS,
			Protected:          true,
			BackupDays:         90,
			AlarmEmail:         "users-organizations@example.com",
			Issuer:             "https://auth.example.com",
			Audience:           "users-organizations",
			ScopePrefix:        caller.DefaultPrefix,
			AuthorizerTTL:      60,
			Canary:             true,
		},
	}
}

package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"

	"users-organizations/pkg/caller"
)

// environments are the settings of dev, staging and prod, by name. A value on
// example.com is a placeholder for one that only the operator knows. It can be
// synthesized, but a deployment refuses it.
func environments() map[string]Settings {
	return map[string]Settings{
		// dev can be deployed as it is, costs almost nothing at rest, and is deleted
		// with all its data.
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
		// staging differs from prod only in its throttle, its retention, the missing
		// backups, and the addresses.
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
			// More than twice the mean rate of 100 million registrations a month, and
			// a fifth of the throttle: only five addresses together can use it up.
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

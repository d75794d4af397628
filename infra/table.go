package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/jsii-runtime-go"
)

// organizationIndex lists the members of an organization.
const organizationIndex = "by-organization"

// newTable holds the memberships. It is an AWS::DynamoDB::Table and no global
// one (TableV2), which the rules that check this stack pass over unread.
//
// Point-in-time recovery is on everywhere: it is paid for by what is stored,
// which is next to nothing where nothing is worth recovering.
//
// A protected table stays even where its own deployment fails: it can't be
// deleted, so a rollback that tried would fail as well.
func newTable(stack awscdk.Stack, settings Settings) awsdynamodb.Table {
	removal := awscdk.RemovalPolicy_DESTROY
	if settings.Protected {
		removal = awscdk.RemovalPolicy_RETAIN
	}
	table := awsdynamodb.NewTable(stack, jsii.String("MembershipsTable"), &awsdynamodb.TableProps{
		PartitionKey: &awsdynamodb.Attribute{Name: jsii.String("userId"), Type: awsdynamodb.AttributeType_NUMBER},
		SortKey:      &awsdynamodb.Attribute{Name: jsii.String("organizationId"), Type: awsdynamodb.AttributeType_NUMBER},
		BillingMode:  awsdynamodb.BillingMode_PAY_PER_REQUEST,
		Encryption:   awsdynamodb.TableEncryption_AWS_MANAGED,
		PointInTimeRecoverySpecification: &awsdynamodb.PointInTimeRecoverySpecification{
			PointInTimeRecoveryEnabled: jsii.Bool(true),
		},
		DeletionProtection: jsii.Bool(settings.Protected),
		RemovalPolicy:      removal,
	})
	fixLogicalID(table, "MembershipsTable")
	// It has what a list filters by, and nothing more: each row is read back from
	// the table, since the index lags behind it. A write that changes none of its
	// attributes costs nothing in it.
	table.AddGlobalSecondaryIndex(&awsdynamodb.GlobalSecondaryIndexProps{
		IndexName:        jsii.String(organizationIndex),
		PartitionKey:     &awsdynamodb.Attribute{Name: jsii.String("organizationId"), Type: awsdynamodb.AttributeType_NUMBER},
		SortKey:          &awsdynamodb.Attribute{Name: jsii.String("userId"), Type: awsdynamodb.AttributeType_NUMBER},
		ProjectionType:   awsdynamodb.ProjectionType_INCLUDE,
		NonKeyAttributes: jsii.Strings("deletedAt", "scope"),
	})
	return table
}

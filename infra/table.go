package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/jsii-runtime-go"
)

// organizationIndex lists the members of an organization.
const organizationIndex = "by-organization"

// newMembershipsTable holds the memberships. Its stream shows each change with
// the item before and after it.
func newMembershipsTable(stack awscdk.Stack, settings Settings) awsdynamodb.Table {
	table := newTable(stack, settings, "MembershipsTable", awsdynamodb.TableProps{
		PartitionKey: key("userId", awsdynamodb.AttributeType_NUMBER),
		SortKey:      key("organizationId", awsdynamodb.AttributeType_NUMBER),
		Stream:       awsdynamodb.StreamViewType_NEW_AND_OLD_IMAGES,
	})
	// It has what a list filters by, and nothing more: each row is read back from
	// the table, since the index lags behind it. A write that changes none of its
	// attributes costs nothing in it.
	table.AddGlobalSecondaryIndex(&awsdynamodb.GlobalSecondaryIndexProps{
		IndexName:        jsii.String(organizationIndex),
		PartitionKey:     key("organizationId", awsdynamodb.AttributeType_NUMBER),
		SortKey:          key("userId", awsdynamodb.AttributeType_NUMBER),
		ProjectionType:   awsdynamodb.ProjectionType_INCLUDE,
		NonKeyAttributes: jsii.Strings("deletedAt", "scope"),
	})
	return table
}

// newHistoryTable holds an entry for each change of a membership: those of a
// pair, such as 7/1, in the order of their sequence. An entry is never changed
// or deleted, so no role of the stack may do either.
func newHistoryTable(stack awscdk.Stack, settings Settings) awsdynamodb.Table {
	return newTable(stack, settings, "HistoryTable", awsdynamodb.TableProps{
		PartitionKey: key("pair", awsdynamodb.AttributeType_STRING),
		SortKey:      key("sequence", awsdynamodb.AttributeType_NUMBER),
	})
}

// newTable adds what the tables have alike. It makes an AWS::DynamoDB::Table:
// cdk-nag does not check TableV2.
//
// Point-in-time recovery is on everywhere: it is paid for by what is stored,
// which is next to nothing where nothing is worth recovering.
//
// A protected table stays even where its own deployment fails: it can't be
// deleted, so a rollback that tried would fail as well.
func newTable(stack awscdk.Stack, settings Settings, id string, props awsdynamodb.TableProps) awsdynamodb.Table {
	props.BillingMode = awsdynamodb.BillingMode_PAY_PER_REQUEST
	props.Encryption = awsdynamodb.TableEncryption_AWS_MANAGED
	props.PointInTimeRecoverySpecification = &awsdynamodb.PointInTimeRecoverySpecification{
		PointInTimeRecoveryEnabled: jsii.Bool(true),
	}
	props.DeletionProtection = jsii.Bool(settings.Protected)
	props.RemovalPolicy = awscdk.RemovalPolicy_DESTROY
	if settings.Protected {
		props.RemovalPolicy = awscdk.RemovalPolicy_RETAIN
	}
	table := awsdynamodb.NewTable(stack, jsii.String(id), &props)
	fixLogicalID(table, id)
	return table
}

func key(name string, kind awsdynamodb.AttributeType) *awsdynamodb.Attribute {
	return &awsdynamodb.Attribute{Name: jsii.String(name), Type: kind}
}

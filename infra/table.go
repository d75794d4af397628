package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/jsii-runtime-go"
)

// organizationIndex lists the members of an organization.
const organizationIndex = "by-organization"

// newMembershipsTable holds the memberships. Its stream has each change, with
// the item before and after it.
func newMembershipsTable(stack awscdk.Stack, settings Settings) awsdynamodb.Table {
	table := newTable(stack, settings, "MembershipsTable", awsdynamodb.TableProps{
		PartitionKey: key("userId", awsdynamodb.AttributeType_NUMBER),
		SortKey:      key("organizationId", awsdynamodb.AttributeType_NUMBER),
		Stream:       awsdynamodb.StreamViewType_NEW_AND_OLD_IMAGES,
	})
	// The index has only the attributes that a list filters by: the list reads each
	// row from the table, since the index lags behind. A write that changes none
	// of these attributes costs nothing in the index.
	table.AddGlobalSecondaryIndex(&awsdynamodb.GlobalSecondaryIndexProps{
		IndexName:        jsii.String(organizationIndex),
		PartitionKey:     key("organizationId", awsdynamodb.AttributeType_NUMBER),
		SortKey:          key("userId", awsdynamodb.AttributeType_NUMBER),
		ProjectionType:   awsdynamodb.ProjectionType_INCLUDE,
		NonKeyAttributes: jsii.Strings("deletedAt", "scope"),
	})
	return table
}

// newHistoryTable holds an entry for each change of a membership. The entries of
// a pair, such as 7/1, are in the order of their sequence. No role of the stack
// may change or delete an entry.
func newHistoryTable(stack awscdk.Stack, settings Settings) awsdynamodb.Table {
	return newTable(stack, settings, "HistoryTable", awsdynamodb.TableProps{
		PartitionKey: key("pair", awsdynamodb.AttributeType_STRING),
		SortKey:      key("sequence", awsdynamodb.AttributeType_NUMBER),
	})
}

// newTable adds what both tables share. It makes an AWS::DynamoDB::Table, since
// cdk-nag does not check TableV2.
//
// Point-in-time recovery is on everywhere: it costs by the GB stored, which is
// almost nothing in an unused table.
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

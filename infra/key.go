package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/jsii-runtime-go"
)

// newKey makes a key with the policy of AWS's own keys: everybody of this
// account who may use the table, the secret or the backup may use the key
// through that service (KMS developer guide, "AWS managed keys", and the policy
// of aws/dynamodb). So no function needs a right on the key.
func newKey(stack awscdk.Stack, settings Settings) awskms.Key {
	key := awskms.NewKey(stack, jsii.String("Key"), &awskms.KeyProps{
		Description:       jsii.String("Encrypts the tables, the secrets and the backups of " + *stack.StackName() + "."),
		EnableKeyRotation: jsii.Bool(true),
		RemovalPolicy:     settings.removal(),
	})
	var services []*string
	for _, service := range []string{"backup", "dynamodb", "secretsmanager"} {
		services = append(services, jsii.String(service+"."+*stack.Region()+".amazonaws.com"))
	}
	key.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Principals: &[]awsiam.IPrincipal{awsiam.NewAnyPrincipal()},
		Actions: jsii.Strings("kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt",
			"kms:GenerateDataKey*", "kms:ReEncrypt*"),
		Resources: jsii.Strings("*"),
		Conditions: &map[string]any{"StringEquals": map[string]any{
			"kms:CallerAccount": stack.Account(),
			"kms:ViaService":    services,
		}},
	}), nil)
	return key
}

func (s stores) encrypt(key awskms.Key) {
	for _, table := range []awscdk.Resource{s.memberships, s.history} {
		underlying(table).AddPropertyOverride(jsii.String("SSESpecification"), map[string]any{
			"SSEEnabled": true, "SSEType": "KMS", "KMSMasterKeyId": key.KeyArn(),
		})
	}
	for _, secret := range []awscdk.Resource{s.bearerKeys, s.sessionKeys} {
		underlying(secret).AddPropertyOverride(jsii.String("KmsKeyId"), key.KeyArn())
	}
}

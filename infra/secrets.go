package main

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/jsii-runtime-go"
)

// newKeySecret is the secret with the keys of one kind of token, "Bearer" or
// "Session". It starts as one random JWK (RFC 7517), so that a first
// deployment works; the operator replaces it by a JWK Set.
//
// 64 letters and digits are base64url for exactly 48 bytes. With any change in
// GenerateSecretString CloudFormation would overwrite the operator's keys with
// a new one.
func newKeySecret(stack awscdk.Stack, settings Settings, kind string) awssecretsmanager.Secret {
	secret := awssecretsmanager.NewSecret(stack, jsii.String(kind+"Keys"), &awssecretsmanager.SecretProps{
		Description: jsii.String("The keys of " + strings.ToLower(kind) + " tokens: a JWK, or a JWK Set."),
		GenerateSecretString: &awssecretsmanager.SecretStringGenerator{
			SecretStringTemplate: jsii.String(`{"kty":"oct","alg":"HS256","kid":"` + strings.ToLower(kind) + `-1"}`),
			GenerateStringKey:    jsii.String("k"),
			PasswordLength:       jsii.Number(64),
			ExcludePunctuation:   jsii.Bool(true),
			IncludeSpace:         jsii.Bool(false),
		},
		RemovalPolicy: settings.removal(),
	})
	fixLogicalID(secret, kind+"Keys")
	return secret
}

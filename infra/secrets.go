package main

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/jsii-runtime-go"
)

// newKeySecret is the secret with the keys of one kind of token, "Bearer" or
// "Session". It starts as one random JWK (RFC 7517), so that a first
// deployment works; the operator puts a JWK Set in its place.
//
// 64 letters and digits are base64url for 48 bytes, without padding or bits
// left over. A change of anything in GenerateSecretString would have
// CloudFormation make a new key over the operator's.
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

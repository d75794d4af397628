package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// allowPlainHTTP takes away the policy of the CDK's bucket. All that it says is
// that calls without TLS are refused, and the emulator speaks plain HTTP.
func (a account) allowPlainHTTP(ctx context.Context) error {
	bucket := "cdk-hnb659fds-assets-" + a.account + "-" + a.region
	_, err := a.send(ctx, "s3", http.MethodDelete, "/"+bucket+"?policy", nil)
	return err
}

// putSecret puts a value into a secret, and gives its ARN.
func (a account) putSecret(ctx context.Context, secret string, value any) (string, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return "", err
	}
	var put struct{ ARN string }
	err = a.action(ctx, "secretsmanager", "secretsmanager.PutSecretValue",
		map[string]string{"SecretId": secret, "SecretString": string(text)}, &put)
	return put.ARN, err
}

// correctSecretARNs puts ARNs of secrets into the rights of a function, by what
// stands there. Ref of a secret is its ARN (CloudFormation user guide,
// AWS::SecretsManager::Secret), but the emulator gives its name.
func (a account) correctSecretARNs(ctx context.Context, function string, arns map[string]string) error {
	var f struct{ Role string }
	if err := a.get(ctx, "lambda", "/2015-03-31/functions/"+url.PathEscape(function)+"/configuration", &f); err != nil {
		return err
	}
	call := url.Values{
		"Action": {"GetRolePolicy"}, "Version": {"2010-05-08"},
		"RoleName": {f.Role[strings.LastIndex(f.Role, "/")+1:]}, "PolicyName": {"Work"},
	}
	documents, err := a.query(ctx, "iam", call, "PolicyDocument")
	if err != nil {
		return err
	}
	if len(documents) != 1 {
		return fmt.Errorf("%s has %d policies Work", function, len(documents))
	}
	document, err := url.QueryUnescape(documents[0])
	if err != nil {
		return err
	}
	for name, arn := range arns {
		document = strings.ReplaceAll(document, `"`+name+`"`, `"`+arn+`"`)
	}
	call.Set("Action", "PutRolePolicy")
	call.Set("PolicyDocument", document)
	_, err = a.query(ctx, "iam", call, "")
	return err
}

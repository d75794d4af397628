package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscertificatemanager"
	"github.com/aws/jsii-runtime-go"
)

// newDomain is the API's address that stays when the API is made anew. It
// stands before the stage, so its URLs have no stage in them.
func newDomain(stack awscdk.Stack, settings Settings, api awsapigateway.RestApi) {
	domain := awsapigateway.NewDomainName(stack, jsii.String("Domain"), &awsapigateway.DomainNameProps{
		DomainName: jsii.String(settings.Domain),
		Certificate: awscertificatemanager.Certificate_FromCertificateArn(
			stack, jsii.String("Certificate"), jsii.String(settings.Certificate)),
		EndpointType: awsapigateway.EndpointType_REGIONAL,
	})
	requireTLS(domain)
	domain.AddBasePathMapping(api, &awsapigateway.BasePathMappingOptions{Stage: api.DeploymentStage()})
	newOutput(stack, "DomainTarget", "Where the DNS has to lead "+settings.Domain+".", domain.DomainNameAliasDomainName())
}

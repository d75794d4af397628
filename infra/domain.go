package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscertificatemanager"
	"github.com/aws/jsii-runtime-go"
)

// newDomain gives the API an address that stays when the API is replaced. The
// domain maps to the stage, so its URLs do not contain the stage.
func newDomain(stack awscdk.Stack, settings Settings, api awsapigateway.RestApi) {
	domain := awsapigateway.NewDomainName(stack, jsii.String("Domain"), &awsapigateway.DomainNameProps{
		DomainName: jsii.String(settings.Domain),
		Certificate: awscertificatemanager.Certificate_FromCertificateArn(
			stack, jsii.String("Certificate"), jsii.String(settings.Certificate)),
		EndpointType: awsapigateway.EndpointType_REGIONAL,
	})
	requireTLS(domain)
	domain.AddBasePathMapping(api, &awsapigateway.BasePathMappingOptions{Stage: api.DeploymentStage()})
	newOutput(stack, "DomainTarget", "The target of the DNS record of "+settings.Domain+".", domain.DomainNameAliasDomainName())
}

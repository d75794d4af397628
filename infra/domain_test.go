package main

import "testing"

func TestACustomDomainLeadsToTheStage(t *testing.T) {
	t.Parallel()
	for _, environment := range checked {
		t.Run(environment, func(t *testing.T) {
			t.Parallel()
			stacks := assemblyOf(t, environment)
			settings, service := stacks.settings, stacks.service
			if settings.Domain == "" {
				for _, kind := range []string{"AWS::ApiGateway::DomainName", "AWS::ApiGateway::BasePathMapping"} {
					if len(service.ofType(kind)) > 0 {
						t.Errorf("there is a %s without a Domain", kind)
					}
				}
				return
			}
			domain := service.one(t, "AWS::ApiGateway::DomainName").Properties
			for property, want := range map[string]string{
				"DomainName":             `"` + settings.Domain + `"`,
				"RegionalCertificateArn": `"` + settings.Certificate + `"`,
				"EndpointConfiguration":  `{"Types":["REGIONAL"]}`,
				"SecurityPolicy":         `"SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09"`,
				"EndpointAccessMode":     `"STRICT"`,
			} {
				wantJSON(t, property, domain[property], want)
			}
			mapping := service.one(t, "AWS::ApiGateway::BasePathMapping").Properties
			wantJSON(t, "mapping", withoutHashes(mapping), `{"DomainName":{"Ref":"Domain"},
				"RestApiId":{"Ref":"Api"},"Stage":{"Ref":"ApiDeploymentStagemain"}}`)
		})
	}
}

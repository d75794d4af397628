// What the page is told by whoever serves it: the tokens of the local system,
// or nothing.
const { tokens } = JSON.parse(document.getElementById("settings").textContent);

Scalar.createApiReference("#reference", {
  url: "openapi.json",

  // Both tokens go into every call.
  authentication: {
    preferredSecurityScheme: [["bearer", "session"]],
    securitySchemes: {
      bearer: { token: tokens?.bearer ?? "" },
      session: { value: tokens?.session ?? "" },
    },
  },
  persistAuth: false,

  // Nothing comes from elsewhere, and nothing goes there.
  withDefaultFonts: false,
  telemetry: false,
  agent: { disabled: true },
  mcp: { disabled: true },
  proxyUrl: "",
  hideClientButton: true,
  showDeveloperTools: "never",

  // As the document says it, in its order.
  orderSchemaPropertiesBy: "preserve",
  orderRequiredPropertiesFirst: false,
  hideModels: true,
  defaultHttpClient: { targetKey: "shell", clientKey: "curl" },
});

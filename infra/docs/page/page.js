// The server of the page fills in the tokens of the local system, or none.
const { tokens } = JSON.parse(document.getElementById("settings").textContent);

// Scalar would show the API's description before the operations. operationsFirst
// turns its chapters into tags after those of the operations.
function operationsFirst(api) {
  const [introduction, ...chapters] = api.info.description.split(/^# /m);
  const guide = chapters.map((chapter) => {
    const [, name, description] = /^(.*)\n([^]*)$/.exec(chapter);
    return { name, description };
  });
  const description = `${introduction}\n\nThe same contract for machines: [openapi.json](openapi.json).`;
  return { ...api, info: { ...api.info, description }, tags: [...api.tags, ...guide] };
}

const response = await fetch("openapi.json");

Scalar.createApiReference("#reference", {
  content: operationsFirst(await response.json()),
  documentDownloadType: "none",
  defaultOpenAllTags: true,

  // Both tokens go into every call.
  authentication: {
    preferredSecurityScheme: [["bearer", "session"]],
    securitySchemes: {
      bearer: { token: tokens?.bearer ?? "" },
      session: { value: tokens?.session ?? "" },
    },
  },
  persistAuth: false,

  // The page loads nothing from other servers, and sends them nothing.
  withDefaultFonts: false,
  telemetry: false,
  agent: { disabled: true },
  mcp: { disabled: true },
  proxyUrl: "",
  hideClientButton: true,
  showDeveloperTools: "never",

  // On a phone the response is below a request that fills the screen.
  onResponseReceived() {
    document.querySelector('[role="dialog"] [aria-label="Response"]').scrollIntoView();
  },

  // In the order of the document.
  orderSchemaPropertiesBy: "preserve",
  orderRequiredPropertiesFirst: false,
  hideModels: true,
  defaultHttpClient: { targetKey: "shell", clientKey: "curl" },
});

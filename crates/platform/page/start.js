// Starts Swagger UI on the documents of both listeners. A file of its own: the page permits no inline script.
"use strict";
SwaggerUIBundle({
  dom_id: "#swagger-ui",
  urls: [
    { name: "public", url: "/docs/public.json" },
    { name: "admin", url: "/docs/admin.json" },
  ],
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
  layout: "StandaloneLayout",
  // Nothing is sent to a validator elsewhere, and no address of a page chooses a document.
  validatorUrl: null,
  queryConfigEnabled: false,
  // A token is forgotten with the page.
  persistAuthorization: false,
});

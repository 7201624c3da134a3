// Starts Swagger UI on the documents of both listeners. A file of its own: the page permits no inline script.
"use strict";

function start(login) {
  const ui = SwaggerUIBundle({
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
    oauth2RedirectUrl: `${location.origin}/docs/signed-in`,
  });
  if (!login.client_id) return;
  // A browser keeps no secret: PKCE ties the code to the page that asked for it.
  ui.initOAuth({
    clientId: login.client_id,
    usePkceWithAuthorizationCodeGrant: true,
    additionalQueryStringParams: { response_mode: "fragment" },
  });
}

// What `signed-in.js` hands over. An answer to a question of somebody else (another state) is not taken.
new BroadcastChannel("signed-in").onmessage = ({ data }) => {
  const asked = window.swaggerUIRedirectOauth2;
  if (!asked || !asked.state || data.state !== asked.state) return;
  delete asked.state;
  if (data.code) {
    asked.auth.code = data.code;
    asked.callback({ auth: asked.auth, redirectUrl: asked.redirectUrl });
  } else {
    const message = `The provider gave no code: ${data.error}.`;
    asked.errCb({ authId: asked.auth.name, source: "auth", level: "error", message });
  }
};

fetch("/docs/login.json")
  .then((answer) => answer.json())
  .then(start);

// Signing in: the authorization code flow with PKCE (RFC 7636, RFC 9700).
//
// The token comes in the answer to a request of this page, never in an address, and stays in a variable: it is gone
// with the page. What must outlive the way to the provider and back is good once and is no token.

const KEPT = "sign-in";

const base64url = (bytes) =>
  btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));
const digest = async (text) =>
  base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))));

const here = `${location.origin}/`;

/** What the provider says of itself (RFC 8414). Metadata of another issuer would be a mix-up. */
async function metadata({ issuer }) {
  const found = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
  if (found.issuer !== issuer) throw new Error("the metadata is another provider's");
  return found;
}

/** Goes to the provider. `demand` is what the API asks for; `then` comes back with the person. */
export async function leave(settings, demand, then) {
  const kept = { state: random(), nonce: random(), verifier: random(), then };
  sessionStorage.setItem(KEPT, JSON.stringify(kept));
  const { authorization_endpoint: endpoint } = await metadata(settings);
  location.assign(`${endpoint}?${new URLSearchParams({
    client_id: settings.client,
    response_type: "code",
    redirect_uri: here,
    scope: settings.scope,
    state: kept.state,
    nonce: kept.nonce,
    code_challenge: await digest(kept.verifier),
    code_challenge_method: "S256",
    ...demand,
  })}`);
}

/** Comes back: the code in the address for tokens; nothing where the page was opened as such. */
export async function arrive(settings) {
  const address = new URLSearchParams(location.search);
  const kept = JSON.parse(sessionStorage.getItem(KEPT));
  // Both are good once: going back or loading anew begins from the start.
  sessionStorage.removeItem(KEPT);
  history.replaceState(null, "", "/");
  if (!address.has("code") && !address.has("error")) return undefined;
  // Not asked for here (CSRF), or by another provider (RFC 9207).
  if (!kept || address.get("state") !== kept.state || address.get("iss") !== settings.issuer) {
    throw new Error("this answer is not to a question of this page");
  }
  if (address.has("error")) throw new Error(`the provider says ${address.get("error")}`);
  const { token_endpoint: endpoint } = await metadata(settings);
  const answer = await fetch(endpoint, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "authorization_code",
      client_id: settings.client,
      redirect_uri: here,
      code: address.get("code"),
      code_verifier: kept.verifier,
    }),
  });
  const tokens = await answer.json();
  if (!answer.ok) throw new Error(`the provider says ${tokens.error}`);
  const person = claims(tokens.id_token);
  if (person.iss !== settings.issuer || person.aud !== settings.client || person.nonce !== kept.nonce) {
    throw new Error("this ID token is not for this page");
  }
  return {
    token: tokens.access_token,
    ends: new Date(Date.now() + tokens.expires_in * 1000),
    idToken: tokens.id_token,
    person,
    then: kept.then,
  };
}

/** Where the session at the provider is ended (RP-initiated logout). */
export async function wayOut(settings, { idToken }) {
  const { end_session_endpoint: endpoint } = await metadata(settings);
  return `${endpoint}?${new URLSearchParams({ id_token_hint: idToken, post_logout_redirect_uri: here })}`;
}

/**
 * The claims of an ID token. It came from the provider itself, over TLS, which stands in for its signature (OpenID
 * Connect Core §3.1.3.7). An access token is not looked into: it is for the API.
 */
function claims(idToken) {
  const part = idToken.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
  const bytes = Uint8Array.from(atob(part), (one) => one.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes));
}

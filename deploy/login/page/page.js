// The page: who is signed in, what can be asked, and what was said.
//
// The API decides everything. The page learns what a caller may do by asking, and what more is wanted from the answer
// (RFC 9470).

import { arrive, leave, wayOut } from "/sign-in.js";

const OPERATIONS = {
  me: { method: "GET", path: "/v1/me" },
  list: { method: "GET", path: "/v1/api-keys" },
  make: {
    method: "POST",
    path: "/v1/api-keys",
    body: () => ({ name: "made on the page", permissions: [], expires_at: inDays(1) }),
  },
};
const MEANINGS = {
  200: "Allowed.",
  201: "Done. A key is shown this once.",
  401: "Not believed: there is no token, or it has ended, or it was revoked.",
  403: "Known, and not allowed: no role of this caller permits it.",
  429: "Too often.",
};
const LEVELS = { aal1: "a password", aal2: "a password and a code" };
const SCOPE = "openid api_keys:manage";
const DEMAND = "insufficient_user_authentication";

const element = (id) => document.getElementById(id);
const inDays = (days) => `${new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 19)}Z`;
const clock = (date) => date.toLocaleTimeString("en-GB");

const settings = { ...(await (await fetch("/settings.json")).json()), scope: SCOPE };
let session;
let demanded;

/** One question to the API, and its answer on the page. */
async function ask(name) {
  const { method, path, body } = OPERATIONS[name];
  const headers = { accept: "application/json, application/problem+json" };
  if (session) headers.authorization = `Bearer ${session.token}`;
  if (body) headers["content-type"] = "application/json";
  const sent = { method, headers, body: body && JSON.stringify(body()) };
  const answer = await fetch(settings.api + path, sent).catch(() => undefined);
  if (!answer) return said({ request: `${method} ${path}`, status: "–", meaning: "The API does not answer." });
  const challenge = answer.headers.get("www-authenticate") ?? "";
  const content = await answer.json().catch(() => undefined);
  const more = demand(answer.status, challenge);
  show(more && { ...more, operation: name });
  const meaning = more ? "Believed, and more is wanted." : MEANINGS[answer.status] ?? "";
  said({ request: `${method} ${path}`, status: answer.status, meaning, challenge, content, asking: Boolean(more) });
  return content;
}

/** What a 401 asks for, in the words that the provider understands. */
function demand(status, challenge) {
  if (status !== 401 || !challenge.includes(`error="${DEMAND}"`)) return undefined;
  const age = /max_age=(\d+)/.exec(challenge);
  const levels = /acr_values="([^"]+)"/.exec(challenge);
  return { ...(age && { max_age: age[1] }), ...(levels && { acr_values: levels[1] }) };
}

function show(more) {
  demanded = more;
  element("step-up").hidden = !more;
  if (!more) return;
  const level = more.acr_values && (LEVELS[more.acr_values] ?? more.acr_values);
  const age = more.max_age && `shown in the last ${Math.round(more.max_age / 60)} minutes`;
  element("wanted").textContent = [level, age].filter(Boolean).join(", ");
  element("step-up").scrollIntoView({ block: "nearest" });
}

/** A turn of the talk. Text stays text: the page makes no HTML of it. */
function said({ request, status, meaning, challenge, content, asking }) {
  const turn = element("turn").content.cloneNode(true);
  const part = (name) => turn.querySelector(`.${name}`);
  part("status").textContent = status;
  part("status").classList.add(asking ? "is-asking" : `is-${String(status)[0]}`);
  part("request").textContent = request;
  part("meaning").textContent = meaning;
  turn.querySelector("time").textContent = clock(new Date());
  const lines = [challenge && `WWW-Authenticate: ${challenge}`, content && JSON.stringify(shortened(content), null, 2)];
  part("answer").textContent = lines.filter(Boolean).join("\n\n");
  element("silence").hidden = true;
  element("talk").prepend(turn);
}

/** A key is a secret, also on a screen that somebody looks at. */
const shortened = (content) => (content.key ? { ...content, key: `${content.key.slice(0, 12)}…` } : content);

async function welcome() {
  element("nobody").hidden = true;
  element("somebody").hidden = false;
  const { person, ends } = session;
  element("name").textContent = person.sub;
  element("initial").textContent = person.sub[0].toUpperCase();
  element("proof").textContent = LEVELS[person.acr] ?? person.acr ?? "it does not say";
  element("since").textContent = clock(new Date(person.auth_time * 1000));
  element("until").textContent = clock(ends);
  const me = await ask("me");
  element("roles").textContent = me?.roles?.join(", ") || "none";
}

for (const button of document.querySelectorAll("[data-operation]")) {
  button.addEventListener("click", () => ask(button.dataset.operation));
}
element("sign-in").addEventListener("click", () => leave(settings, { acr_values: "aal1" }));
element("prove").addEventListener("click", () => {
  const { operation, ...more } = demanded;
  leave(settings, more, operation);
});
element("sign-out").addEventListener("click", async () => {
  location.assign(await wayOut(settings, session));
});

try {
  session = await arrive(settings);
  if (session) await welcome();
  if (session?.then) await ask(session.then);
} catch (error) {
  said({ request: "sign in", status: "–", meaning: `It did not work: ${error.message}.` });
}
document.body.dataset.ready = "";

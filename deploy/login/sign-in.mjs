// What a person sees of the provider: the form for a password, the form for a code, and the way out. Plain HTML
// without script. Who is known already, and is asked for a second factor alone, types a code alone.

import { readFileSync } from 'node:fs';
import { answer, fields, html } from './answer.mjs';

const STYLE = readFileSync(new URL('page/style.css', import.meta.url));
const FORM_BYTES = 4096;
const ONE_FACTOR = { acr: 'aal1', amr: ['pwd'] };
const TWO_FACTORS = { acr: 'aal2', amr: ['pwd', 'otp', 'mfa'] };

export class SignIn {
  #provider;
  #people;
  #policy;

  /** `returns` are the origins that a finished form leads to: a browser asks the policy about them too. */
  constructor(provider, people, returns) {
    this.#provider = provider;
    this.#people = people;
    this.#policy = `default-src 'none'; style-src 'self'; img-src data:; form-action 'self' ${returns.join(' ')}`;
  }

  listener() {
    const rest = this.#provider.callback();
    return (request, response) => {
      const [path] = request.url.split('?');
      if (path === '/style.css') return answer(response, 200, 'text/css', STYLE);
      if (!path.startsWith('/sign-in/')) return rest(request, response);
      this.#form(request, response).catch((error) => {
        console.error(error);
        this.#page(response, 400, 'Start again', html`<p>This form is no longer good. Go back to the page and sign in
          from there.</p>`);
      });
    };
  }

  async #form(request, response) {
    const { prompt, params, session } = await this.#provider.interactionDetails(request, response);
    const { clientName } = await this.#provider.Client.find(params.client_id);
    const asked = {
      client: clientName,
      code: params.acr_values?.split(' ').includes(TWO_FACTORS.acr) ?? false,
      // The one reason that leaves the password out: the session is there, and is recent.
      known: prompt.reasons.every((reason) => reason === 'second_factor') ? session?.accountId : undefined,
    };
    if (request.method !== 'POST') return this.#show(response, 200, asked);
    const typed = await form(request);
    const name = asked.known ?? typed.get('name') ?? '';
    const right =
      (asked.known || this.#people.password(name, typed.get('password') ?? '')) &&
      (!asked.code || this.#people.code(name, typed.get('code') ?? ''));
    if (!right) return this.#show(response, 403, asked, name);
    const login = { accountId: name, ...(asked.code ? TWO_FACTORS : ONE_FACTOR), remember: false };
    return this.#provider.interactionFinished(request, response, { login }, { mergeWithLastSubmission: false });
  }

  #show(response, status, { client, code, known }, name) {
    const title = known ? 'One more step' : 'Sign in';
    const lead = known
      ? html`<p>You are <b>${known}</b>. What you asked for needs a second proof that it is you.</p>`
      : html`<p>to go on to <b>${client}</b></p>`;
    const wrong = status === 403
      ? html`<p class="wrong" role="alert">That is not right. After five wrong answers, wait half a minute.</p>`
      : '';
    const who = known ? '' : html`
      <label>Name <input name="name" value="${name ?? ''}" autocomplete="username" required autofocus></label>
      <label>Password <input name="password" type="password" autocomplete="current-password" required></label>`;
    const codeField = code ? html`
      <label>Code of your authenticator app
        <input name="code" class="code" inputmode="numeric" autocomplete="one-time-code" maxlength="7" required
          placeholder="000000" ${known ? html`autofocus` : ''}></label>` : '';
    this.#page(response, status, title, html`${lead}${wrong}
      <form method="post">${who}${codeField}<button class="primary">${known ? 'Confirm' : 'Sign in'}</button></form>`);
  }

  /** Asks whether the session shall end; `form` is the library's own. */
  out(context, form) {
    this.#page(context, 200, 'Sign out?', html`<p>The provider forgets that you signed in.</p>${html([form])}
      <button class="primary" form="op.logoutForm" name="logout" value="yes">Sign out</button>`);
  }

  isOut(context) {
    this.#page(context, 200, 'Signed out', html`<p>The provider has forgotten you. You may close this tab.</p>`);
  }

  /** The library's words are codes of the standards; what somebody sent is not repeated. */
  failed(context, { error }) {
    this.#page(context, context.status, 'This did not work', html`<p>The provider says <code>${error}</code>.</p>`);
  }

  #page(to, status, title, content) {
    const body = html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/style.css">
</head>
<body class="provider">
<main>
<header><span class="mark">P</span> The provider</header>
<h1>${title}</h1>
${content}
</main>
</body>
</html>
`;
    if (!to.set) return answer(to, status, 'text/html', `${body}`, this.#policy);
    // A context of the library, which answers by itself.
    to.set(fields('text/html', this.#policy));
    return Object.assign(to, { status, body: `${body}` });
  }
}

async function form(request) {
  let text = '';
  for await (const piece of request) {
    text += piece;
    if (text.length > FORM_BYTES) throw new Error('the form is too large');
  }
  return new URLSearchParams(text);
}

// What docs/login.md says a person does, done in Chromium: signed out, refused, stepped up, revoked. Each step ends with
// what the person must see then. Started by `run`, which says where everything is.

import { ok, strictEqual as is } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { codeOf } from '../../deploy/login/people.mjs';

const { PAGE, ISSUER, API, DOCS, PEOPLE_FILE, REVOKE } = process.env;
const { PICTURES = 'target/login' } = process.env;
const people = Object.fromEntries(JSON.parse(readFileSync(PEOPLE_FILE)).map((person) => [person.name, person]));

// A browser of its own believes these two keys and no other that is unknown to it.
const keys = ['TLS_CERT_FILE', 'SERVICE_CERT_FILE'].map((name) => {
  const { publicKey } = new X509Certificate(readFileSync(process.env[name]));
  return createHash('sha256').update(publicKey.export({ type: 'spki', format: 'der' })).digest('base64');
});
mkdirSync(PICTURES, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [`--ignore-certificate-errors-spki-list=${keys}`, ...(process.getuid() === 0 ? ['--no-sandbox'] : [])],
});
const context = await browser.newContext({ viewport: { width: 1160, height: 760 }, colorScheme: 'light' });
const page = await context.newPage();
page.setDefaultTimeout(60_000);
const complaints = [];
const seen = []; // for a step that fails
const listen = (to) => {
  to.on('console', (message) => seen.push(message.text()));
  to.on('requestfailed', (request) => seen.push(`${request.url().split('?')[0]}: ${request.failure()?.errorText}`));
  to.on('pageerror', (error) => complaints.push(error.message));
  to.on('console', (message) => message.text().includes('Content Security Policy') && complaints.push(message.text()));
};
listen(page);

let step = 'start';
let shown = page;
const begin = (name) => console.log(`(${(performance.now() / 1000).toFixed(1)}s) ${(step = name)}`);
const picture = (name) => shown.screenshot({ path: `${PICTURES}/${name}.png` });
const ready = () => page.waitForSelector('body[data-ready]');
const open = async () => {
  await page.goto(`${PAGE}/`);
  await ready();
};

/** Asks the API by a button, and waits for what the page shows of the answer. */
async function asks(operation, status) {
  const turns = await page.locator('#talk li').count();
  await page.click(`[data-operation=${operation}]`);
  await page.waitForFunction((before) => document.querySelectorAll('#talk li').length > before, turns);
  return answered(status);
}

async function answered(status) {
  const turn = page.locator('#talk li').first();
  is(await turn.locator('.status').textContent(), `${status}`);
  return turn.locator('.answer').textContent();
}

/** Types into the provider's form; what is there says what is asked for. */
async function types(fields) {
  for (const [name, text] of Object.entries(fields)) await page.fill(`input[name=${name}]`, text);
  await page.click('form button.primary');
}

async function backAs(name) {
  await page.waitForURL(`${PAGE}/`);
  await ready();
  is(await page.textContent('#name'), name);
}

async function signsIn(name) {
  await page.click('#sign-in');
  await types({ name, password: people[name].password });
  await backAs(name);
}

try {
  begin('without a token the API answers 401');
  await open();
  ok((await asks('me', 401)).includes('Bearer realm="api"'));

  begin('a wrong password does not sign in');
  await page.click('#sign-in');
  await page.waitForSelector('input[name=password]');
  await picture('sign-in');
  await types({ name: 'rob', password: 'a guess' });
  await page.waitForSelector('.wrong');
  ok(page.url().startsWith(ISSUER));

  begin('a reader signs in and is refused what only editors do');
  await types({ name: 'rob', password: people.rob.password });
  await backAs('rob');
  is(await page.textContent('#roles'), 'reader');
  is(await page.textContent('#proof'), 'a password');
  ok((await asks('make', 403)).includes('insufficient_scope'));
  await asks('list', 403);
  await picture('refused');

  begin('no token is kept where it outlives the page');
  const kept = await page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie, location.href]);
  is(JSON.stringify(kept), JSON.stringify([0, 0, '', `${PAGE}/`]));

  begin('after signing out at the provider, it asks for a password again');
  await page.click('#sign-out');
  await page.click('button[name=logout]');
  await page.waitForURL(`${PAGE}/*`);
  await ready();
  ok(await page.isVisible('#nobody'));
  await signsIn('alice');

  begin('an editor with a password alone is asked for more');
  await asks('list', 200);
  const challenge = await asks('make', 401);
  ok(challenge.includes('error="insufficient_user_authentication", max_age=300, acr_values="aal2"'));
  await picture('step-up-asked');
  await page.setViewportSize({ width: 390, height: 844 });
  await page.emulateMedia({ colorScheme: 'dark' });
  await picture('narrow');
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 1160, height: 760 });

  begin('the provider asks for the code alone, and a wrong code does not do');
  await page.click('#prove');
  await page.waitForSelector('input[name=code]');
  is(await page.locator('input[name=password]').count(), 0);
  await picture('step-up');
  await types({ code: '000000' === codeOf(people.alice) ? '000001' : '000000' });
  await page.waitForSelector('.wrong');

  begin('with the code, what was refused is done');
  await types({ code: codeOf(people.alice) });
  await backAs('alice');
  ok((await answered(201)).includes('"key": "hak_'));
  is(await page.textContent('#proof'), 'a password and a code');
  await picture('made');

  begin('the token is gone with the page, and the session at the provider is not: one login for many pages');
  await open();
  ok(await page.isVisible('#nobody'));
  await page.click('#sign-in');
  await backAs('alice');

  begin('an answer that the page did not ask for, or another provider\'s, is refused and its code is not redeemed');
  const redeemed = [];
  page.on('request', (request) => request.url() === `${ISSUER}/token` && redeemed.push(request.url()));
  const refuses = async (why) => {
    ok((await page.locator('#talk li').first().textContent()).includes(why));
    ok(await page.isVisible('#nobody'));
  };
  const foreign = [[undefined, ISSUER], ['guessed', ISSUER], ['right', 'https://elsewhere.example'], ['right', undefined]];
  for (const [state, iss] of foreign) {
    await open();
    const address = new URLSearchParams({ code: 'stolen', ...(state && { state }), ...(iss && { iss }) });
    if (state) {
      // Stopped on the way to the provider: the page waits for an answer, and this is not it.
      const asked = page.waitForRequest(`${ISSUER}/auth?*`);
      await page.route(`${ISSUER}/auth?*`, (route) => route.abort());
      await page.click('#sign-in');
      if (state === 'right') address.set('state', new URL((await asked).url()).searchParams.get('state'));
      await asked;
      await page.unroute(`${ISSUER}/auth?*`);
    }
    await page.goto(`${PAGE}/?${address}`);
    await ready();
    await refuses('this answer is not to a question of this page');
  }
  is(redeemed.length, 0);

  begin('an ID token of another sign-in is refused');
  let code;
  await page.route(`${ISSUER}/token`, async (route) => {
    code = { data: route.request().postData(), ignoreHTTPSErrors: true };
    code.headers = { origin: PAGE, 'content-type': 'application/x-www-form-urlencoded' };
    const response = await context.request.post(`${ISSUER}/token`, code);
    const tokens = await response.json();
    const [head, body, signature] = tokens.id_token.split('.');
    const claims = { ...JSON.parse(Buffer.from(body, 'base64url')), nonce: 'of another' };
    const json = { ...tokens, id_token: [head, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.') };
    await route.fulfill({ response, json });
  });
  await open();
  await page.click('#sign-in');
  await page.waitForURL(`${PAGE}/`);
  await ready();
  await refuses('this ID token is not for this page');
  await page.unroute(`${ISSUER}/token`);

  begin('a code is good once');
  const again = await context.request.post(`${ISSUER}/token`, code);
  is(again.status(), 400);
  is((await again.json()).error, 'invalid_grant');
  await page.click('#sign-in');
  await backAs('alice');

  // In profile production the page is switched off.
  if (DOCS) {
    begin('Swagger UI signs in with the same provider, for the scopes that are chosen');
    const docs = (shown = await context.newPage());
    listen(docs);
    docs.setDefaultTimeout(60_000);
    await docs.goto(`${DOCS}/docs`);
    await docs.click('button.authorize');
    const scheme = docs.locator('.auth-container').filter({ hasText: 'authorizationCode' });
    await scheme.getByText('select all').click();
    await picture('swagger-ui');
    // The session at the provider is there, so nobody types anything.
    await scheme.locator('button.authorize').click();
    await scheme.locator('button', { hasText: 'Logout' }).waitFor();
    await docs.click('.btn-done');
    const me = docs.locator('#operations-me-me_read');
    await me.locator('.opblock-summary-control').click();
    await me.getByRole('button', { name: 'Try it out' }).click();
    await me.getByRole('button', { name: 'Execute' }).click();
    is(await me.locator('.live-responses-table tbody .response-col_status').first().textContent(), '200');
    ok((await me.locator('.live-responses-table tbody').first().textContent()).includes('"editor"'));
    await me.scrollIntoViewIfNeeded();
    await picture('swagger-ui-me');
    await docs.close();
    shown = page;
  }

  begin('what an operator revokes ends with the next request');
  const [program, ...words] = REVOKE.split(' ');
  execFileSync(program, [...words, 'alice'], { stdio: 'inherit' });
  ok((await asks('me', 401)).includes('invalid_token'));
  await picture('revoked');

  begin('a page of another origin is refused');
  for (const [origin, status] of [['https://elsewhere.example', 403], [PAGE, 401]]) {
    const answer = await context.request.get(`${API}/v1/me`, { headers: { origin }, ignoreHTTPSErrors: true });
    is(answer.status(), status);
  }

  begin('no page broke its own policy');
  is(complaints.join('\n'), '');
} catch (error) {
  await picture('failed').catch(() => {});
  console.error(`tests/login: not so: ${step} (${PICTURES}/failed.png, ${shown.url().split('?')[0]})`);
  console.error([...complaints, ...seen].join('\n'));
  throw error;
} finally {
  await browser.close();
}

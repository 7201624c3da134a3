// An OpenID provider for the demo, and beside it the page that signs in with it, each on an origin of its own.
//
// The provider is the library oidc-provider. What is ours: who the people are (people.mjs), when a second factor is
// asked for, what an access token says, and how the pages look (sign-in.mjs). Tokens are those of RFC 9068: signed,
// for one service, ten minutes long. Its key and its sessions are in memory and end with the process; the service
// finds a new key by itself.
//
// Settings are variables of the environment: `settings` below has them all.

import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { Provider, errors, interactionPolicy } from 'oidc-provider';
import { page } from './page.mjs';
import { People } from './people.mjs';
import { SignIn } from './sign-in.mjs';

const settings = {
  issuer: process.env.ISSUER ?? 'https://localhost:8444',
  page: process.env.PAGE ?? 'https://localhost:8445',
  // The service: its public origin, which the page calls; the audience of tokens; its page with the API's documents.
  api: process.env.API ?? 'https://localhost:8443',
  audience: process.env.AUDIENCE ?? readFileSync(process.env.AUDIENCE_FILE, 'utf8').trim(),
  docs: process.env.DOCS ?? 'https://localhost:9443',
  bind: process.env.BIND ?? '127.0.0.1',
  ports: [process.env.ISSUER_PORT ?? '8444', process.env.PAGE_PORT ?? '8445'].map(Number),
  certificate: process.env.TLS_CERT_FILE,
  key: process.env.TLS_KEY_FILE,
  people: process.env.PEOPLE_FILE,
};

const MINUTES = 60;
const TOKEN_LIFETIME = 10 * MINUTES;
const SESSION_LIFETIME = 8 * 60 * MINUTES;
// Levels of assurance as NIST SP 800-63 counts them: a password; a password and a code.
export const ONE_FACTOR = 'aal1';
export const TWO_FACTORS = 'aal2';

function newKey() {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), alg: 'ES256', use: 'sig' };
}

/** A program in a browser: it can keep no secret, so PKCE ties the code to who asked for it (RFC 7636). */
const inABrowser = (id, name, redirect) => ({
  client_id: id,
  client_name: name,
  application_type: 'web',
  token_endpoint_auth_method: 'none',
  grant_types: ['authorization_code'],
  response_types: ['code'],
  redirect_uris: [redirect],
  id_token_signed_response_alg: 'ES256',
});
const clients = [
  {
    ...inABrowser('page', 'the page', `${settings.page}/`),
    post_logout_redirect_uris: [`${settings.page}/`],
    require_auth_time: true,
  },
  inABrowser('swagger-ui', 'Swagger UI', `${settings.docs}/docs/signed-in`),
];

/** The library's rules, and that `acr_values` are more than a wish: a session that is too weak signs in again. */
function policy() {
  const { base, Check } = interactionPolicy;
  const prompts = base();
  const weak = new Check('second_factor', 'a second factor is asked for', ({ oidc }) => {
    const wanted = oidc.params.acr_values?.split(' ') ?? [];
    return wanted.includes(TWO_FACTORS) && !wanted.includes(oidc.acr) ? Check.REQUEST_PROMPT : Check.NO_NEED_TO_PROMPT;
  });
  prompts.get('login').checks.push(weak);
  return prompts;
}

const people = new People(settings.people);
const signingKey = newKey();
const service = {
  audience: settings.audience,
  accessTokenFormat: 'jwt',
  accessTokenTTL: TOKEN_LIFETIME,
  jwt: { sign: { alg: 'ES256', kid: signingKey.kid } },
};

const provider = new Provider(settings.issuer, {
  clients,
  jwks: { keys: [signingKey] },
  cookies: {
    keys: [randomBytes(32).toString('hex')],
    // The prefix keeps pages without TLS from setting them.
    names: { interaction: '__Secure-interaction', resume: '__Secure-resume', session: '__Host-session' },
    long: { secure: true, sameSite: 'lax', path: '/' },
    short: { secure: true, sameSite: 'lax' },
  },
  pkce: { required: () => true, methods: ['S256'] },
  acrValues: [ONE_FACTOR, TWO_FACTORS],
  claims: { openid: ['sub'], acr: null, auth_time: null, iss: null, sid: null },
  findAccount: (_, name) => people.knows(name) && { accountId: name, claims: () => ({ sub: name }) },
  // What the service decides by: roles, when the person proved who they are, and how well.
  extraTokenClaims({ oidc }, token) {
    const { authTime, acr } = oidc.entities.AuthorizationCode;
    return { roles: people.roles(token.accountId), auth_time: authTime, acr };
  },
  // Both programs are ours, so nobody is asked to consent. Any scope may be asked for: it narrows what the roles
  // permit, and the service decides by both.
  async loadExistingGrant({ oidc }) {
    const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
    grant.addOIDCScope('openid');
    grant.addResourceScope(settings.api, oidc.params.scope);
    await grant.save();
    return grant;
  },
  features: {
    devInteractions: { enabled: false },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: (context, form) => signIn.out(context, form),
      postLogoutSuccessSource: (context) => signIn.isOut(context),
    },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => settings.api,
      useGrantedResource: () => true,
      getResourceServerInfo(context, resource) {
        if (resource !== settings.api) throw new errors.InvalidTarget();
        return { ...service, scope: context.oidc.params.scope ?? '' };
      },
    },
  },
  interactions: { policy: policy(), url: (_, { uid }) => `/sign-in/${uid}` },
  clientBasedCORS: (_, origin) => [settings.page, settings.docs].includes(origin),
  renderError: (context, answer) => signIn.failed(context, answer),
  ttl: {
    AccessToken: TOKEN_LIFETIME,
    AuthorizationCode: MINUTES,
    Grant: SESSION_LIFETIME,
    IdToken: TOKEN_LIFETIME,
    Interaction: 10 * MINUTES,
    Session: SESSION_LIFETIME,
  },
});
provider.on('server_error', (_, error) => console.error(error));

const signIn = new SignIn(provider, people, [settings.page, settings.docs]);
const served = [signIn.listener(), page(settings)];
const certificate = { cert: readFileSync(settings.certificate), key: readFileSync(settings.key), minVersion: 'TLSv1.3' };
served.forEach((listener, index) => {
  createServer(certificate, listener).listen(settings.ports[index], settings.bind, () => {
    console.log(`listening: ${[settings.issuer, settings.page][index]}`);
  });
});
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit());

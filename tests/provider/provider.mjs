// An OpenID provider for the tests: oidc-provider, over TLS, on the loopback interface.
//
// Where the tests sign their own tokens, the verifier and its fixtures can share one misreading of
// the standards. Here discovery, key set and tokens are somebody else's reading of them.
//
//     PROVIDER_CERT=c.pem PROVIDER_KEY=k.pem NODE_EXTRA_CA_CERTS=ca.pem node provider.mjs [port]
//
// The certificate is for `localhost`. The port is also read from PORT; 0, the default, is any free
// one. Each line of stdin is a command, each answer is one line of JSON on stdout; what else the
// library says goes to stderr. A command that fails answers `{"error"}`.
//
//     (start-up)  {"issuer", "discovery", "jwks_uri"}
//     token       {"token"}     an access token, by a request to the token endpoint
//     rotate      {"kid"}       a new key signs; the old ones stay published
//     replace     {"kid"}       a new key signs; the old ones are published no longer
//     stats       {"jwks", "discovery"}   requests for each since the process began
//     stop        {"stopped"}   open connections are cut, new ones refused
//     start       as at start-up, on the same port, with the same keys
//     (end)       the process exits

import { Console } from 'node:console';
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { createInterface } from 'node:readline';
import { Provider, errors } from 'oidc-provider';

globalThis.console = new Console(process.stderr, process.stderr);

const RESOURCE = 'https://api.example.com';
const SCOPE = 'invoices:read invoices:create invoices:update invoices:delete';
const GRANT = 'client_credentials';
const LIFETIME = 600;
const PATHS = { discovery: '/.well-known/openid-configuration', jwks: '/jwks' };

const client = {
  client_id: 'alice-service',
  client_secret: randomBytes(32).toString('hex'),
  token_endpoint_auth_method: 'client_secret_basic',
  grant_types: [GRANT],
  redirect_uris: [],
  response_types: [],
  id_token_signed_response_alg: 'ES256',
};

const counts = { jwks: 0, discovery: 0 };
let port = Number(process.argv[2] ?? process.env.PORT ?? 0);
let keys = [];
let answer; // the request listener of the provider at hand

const server = createServer(
  { cert: readFileSync(process.env.PROVIDER_CERT), key: readFileSync(process.env.PROVIDER_KEY) },
  (request, response) => {
    const [path] = request.url.split('?');
    for (const name of Object.keys(counts)) counts[name] += Number(path === PATHS[name]);
    answer(request, response);
  },
);
const issuer = () => `https://localhost:${port}`;

function newKey() {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), alg: 'ES256', use: 'sig' };
}

// Keeps nothing: the access tokens are signed, not stored, and nobody logs in.
class Nothing {
  async find() {}
}

// A provider reads its keys once, so other keys are another provider behind the same listener. The
// first key signs, all are published.
function serve(next) {
  keys = next;
  const [{ kid }] = keys;
  const resourceServer = {
    scope: SCOPE,
    audience: 'hardened-api',
    accessTokenFormat: 'jwt',
    accessTokenTTL: LIFETIME,
    jwt: { sign: { alg: 'ES256', kid } },
  };
  const provider = new Provider(issuer(), {
    adapter: Nothing,
    clients: [client],
    cookies: { keys: [randomBytes(32).toString('hex')] },
    extraTokenClaims: () => ({ roles: ['editor'] }),
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo(_context, resource) {
          if (resource !== RESOURCE) throw new errors.InvalidTarget();
          return resourceServer;
        },
      },
    },
    jwks: { keys },
    routes: { jwks: PATHS.jwks },
    ttl: { ClientCredentials: LIFETIME },
  });
  provider.on('server_error', (_context, error) => console.error(error));
  answer = provider.callback();
  return { kid };
}

async function token() {
  const secret = Buffer.from(`${client.client_id}:${client.client_secret}`).toString('base64');
  const response = await fetch(`${issuer()}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${secret}`, connection: 'close' },
    body: new URLSearchParams({ grant_type: GRANT, resource: RESOURCE, scope: SCOPE }),
  });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return { token: (await response.json()).access_token };
}

async function start() {
  await once(server.listen(port, '127.0.0.1'), 'listening');
  ({ port } = server.address());
  if (!answer) serve([newKey()]);
  const url = (path) => issuer() + path;
  return { issuer: issuer(), discovery: url(PATHS.discovery), jwks_uri: url(PATHS.jwks) };
}

async function stop() {
  const closed = once(server.close(), 'close');
  server.closeAllConnections();
  await closed;
  return { stopped: true };
}

const rotate = () => serve([newKey(), ...keys]);
const replace = () => serve([newKey()]);
const stats = () => counts;
const commands = new Map(Object.entries({ token, rotate, replace, stats, stop, start }));
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

say(await start());
for await (const line of createInterface({ input: process.stdin })) {
  try {
    if (!commands.has(line)) throw new Error(`${line}: no such command`);
    say(await commands.get(line)());
  } catch (error) {
    say({ error: [error.message, error.cause?.message].filter(Boolean).join(': ') });
  }
}
process.exit();

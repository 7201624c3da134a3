// Serves the page: four files that never change, and the settings that it starts with. It has no way to the service
// or to the provider; the browser calls both.

import { readFileSync } from 'node:fs';
import { answer } from './answer.mjs';

const TYPES = { html: 'text/html', css: 'text/css', js: 'text/javascript', json: 'application/json' };

export function page({ issuer, api }) {
  // Script and style of this origin, requests to the two others, nothing inline; and no text becomes HTML.
  const policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; " +
    `connect-src 'self' ${issuer} ${api}; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'`;
  const files = new Map(
    ['index.html', 'style.css', 'page.js', 'sign-in.js'].map((name) => {
      return [`/${name}`, readFileSync(new URL(`page/${name}`, import.meta.url))];
    }),
  );
  files.set('/settings.json', JSON.stringify({ issuer, api, client: 'page' }));
  return (request, response) => {
    const [path] = request.url.split('?');
    const name = path === '/' ? '/index.html' : path;
    const file = request.method === 'GET' ? files.get(name) : undefined;
    if (!file) return answer(response, 404, 'text/plain', 'Not found\n');
    return answer(response, 200, TYPES[name.split('.').pop()], file, policy);
  };
}

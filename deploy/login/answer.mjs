// How every answer of ours leaves: with the fields that keep a page to itself; and text that becomes HTML.

const FIELDS = {
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};
const CLOSED = "frame-ancestors 'none'; base-uri 'none'; object-src 'none'";

export const fields = (type, policy) => ({
  ...FIELDS,
  'content-type': `${type}; charset=utf-8`,
  'content-security-policy': `${policy}; ${CLOSED}`,
});

export function answer(response, status, type, body, policy = "default-src 'none'") {
  response.writeHead(status, fields(type, policy));
  response.end(body);
}

class Html {
  constructor(text) {
    this.text = text;
  }

  toString() {
    return this.text;
  }
}

const ESCAPED = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** A template: what is put in is escaped, unless it is HTML made here. */
export function html(texts, ...values) {
  const written = (value) => (value instanceof Html ? value.text : `${value}`.replace(/[&<>"']/g, (one) => ESCAPED[one]));
  return new Html(texts.reduce((all, text, index) => all + written(values[index - 1]) + text));
}

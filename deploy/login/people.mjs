// The people of the demo, and what each must prove: a password, and for `aal2` a code of an authenticator app
// (TOTP, RFC 6238). Names, passwords and secrets are in a file that the container `secrets` makes at the first start.
//
// A person is asked to wait after five wrong passwords or five wrong codes. Each is counted by itself: who has stolen
// the password must not begin anew with every guess at the code. A code is good once: a code that somebody saw over a
// shoulder is used up (RFC 6238 §5.2).
//
//     node people.mjs      prints what each person types now

import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Secret, TOTP } from 'otpauth';

const PERIOD = 30;
const WRONG_ANSWERS = 5;
const WAIT_MILLISECONDS = 30_000;

const read = (file) => JSON.parse(readFileSync(file, 'utf8'));

function authenticator({ name, secret }) {
  return new TOTP({ issuer: 'login demo', label: name, secret: Secret.fromBase32(secret), period: PERIOD });
}

/** What the authenticator app of this person shows now. */
export const codeOf = (person) => authenticator(person).generate();

/** Compares digests, so that the time says nothing of the text. */
function same(one, other) {
  const digest = (text) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}

export class People {
  #people;

  constructor(file) {
    const people = read(file).map((person) => [person.name, { ...person, wrong: { password: 0, code: 0 }, until: 0, used: 0 }]);
    this.#people = new Map(people);
  }

  roles(name) {
    return this.#people.get(name)?.roles ?? [];
  }

  knows(name) {
    return this.#people.has(name);
  }

  /** Whether this is the password; the same answer where there is nobody of this name. */
  password(name, password) {
    return this.#answers(name, 'password', (person) => same(person.password, password));
  }

  /** Whether this is the code of now, of half a minute ago or of the next half, and is not used up. */
  code(name, code) {
    return this.#answers(name, 'code', (person) => {
      const delta = authenticator(person).validate({ token: code.replaceAll(' ', ''), window: 1 });
      const counter = Math.floor(Date.now() / 1000 / PERIOD) + delta;
      if (delta === null || counter <= person.used) return false;
      person.used = counter;
      return true;
    });
  }

  #answers(name, kind, right) {
    const person = this.#people.get(name);
    if (!person || Date.now() < person.until) return false;
    const isRight = right(person);
    person.wrong[kind] = isRight ? 0 : person.wrong[kind] + 1;
    if (person.wrong[kind] >= WRONG_ANSWERS) {
      person.wrong[kind] = 0;
      person.until = Date.now() + WAIT_MILLISECONDS;
    }
    return isRight;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const left = PERIOD - (Math.floor(Date.now() / 1000) % PERIOD);
  for (const person of read(process.env.PEOPLE_FILE)) {
    console.log(`${person.name} (${person.roles.join(', ')})`);
    console.log(`  password  ${person.password}`);
    console.log(`  code      ${codeOf(person)}  (for ${left} seconds)`);
    console.log(`  app       ${authenticator(person)}`);
  }
}

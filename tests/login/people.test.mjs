// What the provider holds the people of the demo to: `node --test tests/login`, after `npm ci --prefix deploy/login`.

import { strictEqual as is } from 'node:assert';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { codeOf, People } from '../../deploy/login/people.mjs';

const ALICE = { name: 'alice', roles: ['editor'], password: 'right', secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' };
const SECONDS = 1000;
let people;

function peopleOf(...persons) {
  const directory = mkdtempSync(join(tmpdir(), 'people-'));
  const file = join(directory, 'people.json');
  writeFileSync(file, JSON.stringify(persons));
  const all = new People(file);
  rmSync(directory, { recursive: true });
  return all;
}

beforeEach(() => {
  people = peopleOf(ALICE);
  mock.timers.enable({ apis: ['Date'], now: new Date('2030-01-01T00:00:00Z') });
});
afterEach(() => mock.timers.reset());

test('a code is good once', () => {
  const code = codeOf(ALICE);
  is(people.code('alice', code), true);
  is(people.code('alice', code), false);
});

test('a code that came after is good, and then none that came before it', () => {
  const before = codeOf(ALICE);
  mock.timers.tick(30 * SECONDS);
  is(people.code('alice', codeOf(ALICE)), true);
  is(people.code('alice', before), false);
  mock.timers.tick(30 * SECONDS);
  is(people.code('alice', codeOf(ALICE)), true);
});

test('a code is good half a minute before and after, and no longer', () => {
  const now = Date.now();
  for (const [seconds, good] of [[60, false], [30, true], [-60, false], [-30, true]]) {
    mock.timers.setTime(now + 3600 * SECONDS);
    people = peopleOf(ALICE);
    const code = codeOf(ALICE);
    mock.timers.setTime(now + (3600 + seconds) * SECONDS);
    is(people.code('alice', code), good, `${seconds}`);
  }
});

test('after five wrong passwords the right one waits half a minute', () => {
  for (let guess = 0; guess < 5; guess += 1) is(people.password('alice', `guess ${guess}`), false);
  is(people.password('alice', 'right'), false);
  mock.timers.tick(29 * SECONDS);
  is(people.password('alice', 'right'), false);
  mock.timers.tick(1 * SECONDS);
  is(people.password('alice', 'right'), true);
});

test('who has the password does not begin anew with every guess at the code', () => {
  for (let guess = 0; guess < 5; guess += 1) {
    is(people.password('alice', 'right'), true);
    is(people.code('alice', 'none'), false);
  }
  is(people.password('alice', 'right'), false);
  is(people.code('alice', codeOf(ALICE)), false);
  mock.timers.tick(30 * SECONDS);
  is(people.password('alice', 'right'), true);
  is(people.code('alice', codeOf(ALICE)), true);
});

test('four wrong answers are forgotten with a right one', () => {
  for (let round = 0; round < 3; round += 1) {
    for (let guess = 0; guess < 4; guess += 1) is(people.password('alice', 'a guess'), false);
    is(people.password('alice', 'right'), true);
  }
});

test('who is not there is answered as with a wrong password', () => {
  is(people.password('mallory', ''), false);
  is(people.code('mallory', '000000'), false);
  is(people.roles('mallory').length, 0);
});

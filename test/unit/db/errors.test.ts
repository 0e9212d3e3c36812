import { expect, test } from 'vitest';
import { isDatabaseAway } from '../../../db/errors.ts';

const failing = (details: Record<string, string>, cause?: Error): Error =>
  Object.assign(new Error('it failed', { cause }), details);

test.each([
  ['the server restarts', failing({ code: '57P01' })],
  ['nobody listens', failing({ code: 'ECONNREFUSED', syscall: 'connect' })],
  ['its socket is not there yet', failing({ code: 'ENOENT', syscall: 'connect' })],
  ['its disk is full', failing({ code: '53100' })],
  ['a query failed for one of these', failing({}, failing({ code: '57P03' }))],
])('worth trying again: %s', (_case, error) => {
  expect(isDatabaseAway(error)).toBe(true);
});

test.each([
  ['a row is there already', failing({ code: '23505' })],
  ['a file of ours is missing', failing({ code: 'ENOENT', syscall: 'open' })],
  ['a mistake', new TypeError('x is undefined')],
  ['no error at all', '57P01'],
])('no reason to try again: %s', (_case, error) => {
  expect(isDatabaseAway(error)).toBe(false);
});

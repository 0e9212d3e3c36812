import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Facts } from './fact.ts';
import { chunkFacts } from './facts/chunks.ts';
import { cloudFacts } from './facts/cloud.ts';
import { fileFacts } from './facts/files.ts';
import { nameFacts } from './facts/names.ts';
import { notificationFacts } from './facts/notifications.ts';
import { publicFacts } from './facts/public.ts';
import { shareFacts } from './facts/shares.ts';
import { signInFacts } from './facts/sign-in.ts';
import { closeServer, makeFolder, newAccount, openServer, type Server, standinName } from './server.ts';

/**
 * What Nextcloud does on the wire, asked of the stand-in, or of a real server when NEXTCLOUD_URL, NEXTCLOUD_USER and
 * NEXTCLOUD_APP_PASSWORD are set (and, for some facts, NEXTCLOUD_LOGIN_PASSWORD, NEXTCLOUD_ADMIN_USER,
 * NEXTCLOUD_ADMIN_APP_PASSWORD, NEXTCLOUD_CONTRACT_LOCKOUT=1).
 */
let server: Server;
let sharer: Server;
const facts = new Facts(() => server);

beforeAll(async () => {
  server = await openServer();
  await makeFolder(server);
  // An account makes only so many shares in ten minutes: with an administrator the suite makes them in its own.
  sharer = server.adminAuth === undefined ? server : await newAccount(server);
});

afterAll(async () => {
  console.log(facts.summary());
  await closeServer(server);
});

test('the server that was meant is the one that answers', () => {
  const isMeantReal = (process.env.NEXTCLOUD_URL ?? '') !== '';
  expect(server.kind).toBe(isMeantReal ? 'real' : 'stand-in');
  expect(server.productName === standinName).toBe(!isMeantReal);
  expect(server.version).toMatch(/^\d+\.\d+\.\d+/);
});

describe('sign-in and envelope', () => {
  signInFacts(facts);
});
describe('who and what', () => {
  cloudFacts(facts);
});
describe('notifications', () => {
  notificationFacts(facts);
});
describe('files', () => {
  fileFacts(facts);
});
describe('names', () => {
  nameFacts(facts);
});
describe('chunked upload', () => {
  chunkFacts(facts);
});
describe('shares', () => {
  shareFacts(facts.as(() => sharer));
});
describe('public address', () => {
  publicFacts(facts.as(() => sharer));
});

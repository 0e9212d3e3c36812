import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { Upload } from 'tus-js-client';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Standin, startStandin } from '../standins/nextcloud/standin.ts';
import { writeNoise } from './support/files.ts';
import { sendTo, shownHashes } from './support/request.ts';
import { setStageWithLine } from './support/stage.ts';
import { until } from './support/until.ts';

const megabyte = 1024 * 1024;

let standin: Standin;
let link: string;
const hashes = new Map<string, string>();

// Outlives the product: that speaks to it until its end.
afterAll(() => standin?.close());

const stage = setStageWithLine(async () => {
  standin = await startStandin();
  return {
    NEXTCLOUD_URL: standin.url,
    NEXTCLOUD_USER: standin.user.id,
    NEXTCLOUD_APP_PASSWORD: standin.user.appPassword,
  };
});

const pathOf = (name: string): string => join(stage.folder, name);

beforeAll(async () => {
  for (const [name, sizeBytes] of [
    ['kept.bin', 1000],
    // Arrives at once, and is put into its place afterwards.
    ['wrong.bin', 0],
    ['large.bin', 24 * megabyte],
  ] as const)
    hashes.set(name, await writeNoise(pathOf(name), sizeBytes));
  link = await stage.askFor({ title: 'Exactly these' });
});

beforeEach(() => stage.line.setRate(3 * megabyte));

interface Begun {
  submissionId: string;
  credential: string;
}

const begin = async (page: Page, ...names: string[]): Promise<Begun> => {
  const opening = page.waitForResponse((response) => response.url().endsWith('/submissions'));
  await sendTo(page, link, names.map(pathOf));
  return (await (await opening).json()) as Begun;
};

const statesOf = async ({ submissionId, credential }: Begun): Promise<Record<string, string>> => {
  const response = await fetch(`${stage.product.origin}/submissions/${submissionId}`, {
    headers: { authorization: `Bearer ${credential}` },
  });
  const { files } = (await response.json()) as { files: { name: string; state: string }[] };
  return Object.fromEntries(files.map(({ name, state }) => [name, state]));
};

const row = (page: Page, name: string) => page.locator('.items > li').filter({ hasText: name });

const hashesOf = (...names: string[]): string[] => names.map((name) => hashes.get(name) ?? '').sort();

test.each(['received', 'stored'])(
  'a file that is taken off the list after it was %s is not sealed; the others are',
  async (state) => {
    const held =
      state === 'received' &&
      standin.control.fault({ method: 'PUT', path: /wrong\.bin/, times: 1000, action: { reply: 423 } });
    const submitter = await stage.welcome();
    // That it is a file already is an answer like any other.
    submitter.expectTrouble(/status of 403/);
    const { page } = submitter;
    const begun = await begin(page, 'kept.bin', 'wrong.bin', 'large.bin');
    await row(page, 'wrong.bin').getByText('Arrived').waitFor();
    await until(state, 20_000, async () => (await statesOf(begun))['wrong.bin'] === state);
    await row(page, 'wrong.bin')
      .getByRole('button', { name: /^Remove/ })
      .click();
    stage.line.setRate(Number.POSITIVE_INFINITY);
    await page.getByRole('heading', { name: 'Everything has arrived' }).waitFor({ timeout: 45_000 });
    expect((await shownHashes(page)).sort()).toEqual(hashesOf('kept.bin', 'large.bin'));
    const after = await statesOf(begun);
    expect(after).toMatchObject({ 'kept.bin': 'stored', 'large.bin': 'stored' });
    expect(['abandoned', 'withdrawn']).toContain(after['wrong.bin']);
    if (held !== false) held.remove();
    await submitter.leave();
  },
);

test('files that this page knows nothing of are shown before anything is finished: the submitter keeps or removes them', async () => {
  const submitter = await stage.welcome();
  submitter.expectTrouble(/status of 40[39]/);
  const { page } = submitter;
  const begun = await begin(page, 'large.bin');
  await page.getByRole('button', { name: 'Pause' }).click();
  await sendBeside(begun, 'theirs.txt');
  await sendBeside(begun, 'large (2).bin');
  stage.line.setRate(Number.POSITIVE_INFINITY);
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByText('2 files are there that were not chosen in this window.').first().waitFor();
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('send-rest');
  await row(page, 'theirs.txt').getByText('Not chosen in this window.').waitFor();
  expect(Object.values(await statesOf(begun))).toHaveLength(3);
  await row(page, 'large (2).bin')
    .getByRole('button', { name: /^Remove/ })
    .click();
  await page.getByRole('button', { name: 'Finish with these 2 files' }).click();
  await page.getByRole('heading', { name: 'Everything has arrived' }).waitFor({ timeout: 45_000 });
  expect((await page.locator('.slip-files .file-name').allInnerTexts()).sort()).toEqual([
    'large.bin',
    'theirs.txt',
  ]);
  await submitter.leave();
});

/** As another window of the same submission does. */
const sendBeside = ({ credential }: Begun, filename: string): Promise<void> =>
  new Promise((resolve, reject) => {
    new Upload(Buffer.from('beside'), {
      endpoint: `${stage.product.origin}/uploads`,
      headers: { authorization: `Bearer ${credential}` },
      metadata: { filename },
      retryDelays: null,
      onError: reject,
      onSuccess: () => resolve(),
    }).start();
  });

import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { writeNoise } from './support/files.ts';
import { sampleLinkOf, sendTo, sentShare, shownHashes } from './support/request.ts';
import { setStageWithLine } from './support/stage.ts';
import { until } from './support/until.ts';

const megabyte = 1024 * 1024;
const sizeBytes = 96 * megabyte;
/** Slow enough for a file of that size to be under way for some seconds. */
const slowBytesPerSecond = 16 * megabyte;
/** What Chromium says of requests that a broken line, or a portal that is gone, cost. */
const broken = /net::ERR_|status of 50[23]/;

const stage = setStageWithLine();

let path: string;
let sha256: string;

beforeAll(async () => {
  path = join(stage.folder, 'a large file.bin');
  sha256 = await writeNoise(path, sizeBytes);
});

beforeEach(() => {
  stage.line.mend();
  stage.line.setRate(slowBytesPerSecond);
});

test('a browser that goes offline in the middle says so, and goes on by itself where it was', async () => {
  const submitter = await stage.welcome();
  const { page, context } = submitter;
  submitter.expectTrouble(broken);
  const offsets = offsetsSentBy(page);
  await sendTo(page, sampleLinkOf(stage.product), [path]);
  await halfWay(page);
  await context.setOffline(true);
  await page.getByText('No connection. Paused: it goes on by itself.').first().waitFor();
  const before = offsets.length;
  await context.setOffline(false);
  expect(await receiptOn(page)).toEqual([sha256]);
  expectWentOn(offsets, before);
  await submitter.leave();
});

test('a line that breaks in the middle is said to be interrupted, and the file goes on by itself where it was', async () => {
  const submitter = await stage.welcome();
  const { page } = submitter;
  submitter.expectTrouble(broken);
  const offsets = offsetsSentBy(page);
  await sendTo(page, sampleLinkOf(stage.product), [path]);
  await halfWay(page);
  stage.line.cut();
  await page.getByText('Interrupted. It goes on by itself; what has arrived is kept.').waitFor();
  const before = offsets.length;
  stage.line.mend();
  expect(await receiptOn(page)).toEqual([sha256]);
  expectWentOn(offsets, before);
  await submitter.leave();
});

test('a portal that is killed in the middle comes back by itself, and the file goes on from what was acknowledged', async () => {
  const submitter = await stage.welcome();
  const { page } = submitter;
  submitter.expectTrouble(broken);
  const offsets = offsetsSentBy(page);
  const opening = page.waitForResponse((response) => response.url().endsWith('/submissions'));
  await sendTo(page, sampleLinkOf(stage.product), [path]);
  const opened = (await (await opening).json()) as { submissionId: string; credential: string };
  const acknowledged = await until('the first durable bytes', 30_000, () => acknowledgedBytes(opened));
  const killed = await until('the portal', 5000, () => stage.product.portalPid());
  process.kill(killed, 'SIGKILL');
  const before = offsets.length;
  await until('another portal', 30_000, async () => {
    const pid = await stage.product.portalPid();
    return pid !== undefined && pid !== killed;
  });
  expect(await receiptOn(page)).toEqual([sha256]);
  expectWentOn(offsets, before);
  expect(offsets[before]).toBeGreaterThanOrEqual(acknowledged);
  await submitter.leave();
});

test('what a submitter pauses stays where it is until it is resumed', async () => {
  const submitter = await stage.welcome();
  const { page } = submitter;
  const offsets = offsetsSentBy(page);
  await sendTo(page, sampleLinkOf(stage.product), [path]);
  await halfWay(page);
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByText('Paused. What has arrived is kept.').first().waitFor();
  const before = offsets.length;
  await page.getByRole('button', { name: 'Go on' }).click();
  expect(await receiptOn(page)).toEqual([sha256]);
  expectWentOn(offsets, before);
  await submitter.leave();
});

/** Upload-Offset of every PATCH, as they go out. */
const offsetsSentBy = (page: Page): number[] => {
  const offsets: number[] = [];
  page.on('request', (request) => {
    if (request.method() === 'PATCH') offsets.push(Number(request.headers()['upload-offset']));
  });
  return offsets;
};

/** What the portal says that it has of the only file; `false` while that is nothing. */
const acknowledgedBytes = async (opened: {
  submissionId: string;
  credential: string;
}): Promise<number | false> => {
  const response = await fetch(`${stage.product.origin}/submissions/${opened.submissionId}`, {
    headers: { Authorization: `Bearer ${opened.credential}` },
  });
  const { files } = (await response.json()) as { files: { offsetBytes: number }[] };
  const bytes = files[0]?.offsetBytes ?? 0;
  return bytes > 0 && bytes < sizeBytes && bytes;
};

const halfWay = (page: Page) => until('the middle', 30_000, async () => (await sentShare(page)) > 0.35);

/** SHA-256 on the receipt, once there is one. What is left is sent as fast as it goes. */
const receiptOn = async (page: Page): Promise<string[]> => {
  stage.line.setRate(Number.POSITIVE_INFINITY);
  await page.getByRole('heading', { name: 'Everything has arrived' }).waitFor({ timeout: 45_000 });
  return shownHashes(page);
};

/** After the break something was sent, not from the beginning, and never from further back than before. */
const expectWentOn = (offsets: number[], before: number): void => {
  expect(offsets.slice(0, before).filter((offset) => offset > 0)).toEqual([]);
  const after = offsets.slice(before);
  expect(after.length).toBeGreaterThan(0);
  expect(after[0]).toBeGreaterThan(0);
  expect(after).toEqual([...after].sort((a, b) => a - b));
};

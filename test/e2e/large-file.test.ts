import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { filesBelow, sha256Of, writeNoise } from './support/files.ts';
import { type Product, startProduct } from './support/product.ts';
import { sampleLinkOf, sendTo, shownHashes } from './support/request.ts';
import { until } from './support/until.ts';
import { openBrowser, welcome } from './support/visitor.ts';

/** 2 GiB, unless a machine is short of time or room. */
const sizeBytes = Number(process.env.E2E_LARGE_MIB ?? 2048) * 1024 * 1024;
const limitMs = 15 * 60_000;

let product: Product;
let browser: Browser;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'uketori-e2e-large-'));
  product = await startProduct();
  browser = await openBrowser(product);
});

afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
  await product?.stop();
});

test(
  'a file of 2 GiB goes from a browser to the import folder, byte for byte',
  async () => {
    const path = join(folder, '現場の動画.mp4');
    const sha256 = await writeNoise(path, sizeBytes);
    const submitter = await welcome(browser, product);
    const startedMs = Date.now();
    await sendTo(submitter.page, sampleLinkOf(product), [path]);
    await submitter.page
      .getByRole('heading', { name: 'Everything has arrived' })
      .waitFor({ timeout: limitMs });
    const receivedMs = Date.now();
    expect(await shownHashes(submitter.page)).toEqual([sha256]);
    await submitter.leave();

    const manifestPath = await until('a manifest', limitMs, async () =>
      (await filesBelow(product.importDir)).find((path) => path.endsWith('manifest.json')),
    );
    const deliveredMs = Date.now();
    const manifest = JSON.parse(await readFile(join(product.importDir, manifestPath), 'utf8')) as {
      files: { path: string; sizeBytes: number; sha256: string }[];
    };
    expect(manifest.files).toEqual([expect.objectContaining({ sizeBytes, sha256 })]);
    const delivered = join(product.importDir, dirname(manifestPath), manifest.files[0]?.path ?? '');
    expect(await sha256Of(delivered)).toBe(sha256);
    console.log(
      `${sizeBytes / 1024 / 1024} MiB: receipt after ${(receivedMs - startedMs) / 1000} s, delivered after ${(deliveredMs - startedMs) / 1000} s`,
    );
  },
  limitMs * 2,
);

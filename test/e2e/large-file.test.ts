import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { filesBelow, sha256Of, writeNoise } from './support/files.ts';
import { sampleLinkOf, sendTo, shownHashes } from './support/request.ts';
import { setStage } from './support/stage.ts';
import { until } from './support/until.ts';

/** 2 GiB, unless a machine is short of time or room. */
const sizeBytes = Number(process.env.E2E_LARGE_MIB ?? 2048) * 1024 * 1024;
const limitMs = 15 * 60_000;

const stage = setStage();

test(
  'a file of 2 GiB goes from a browser to the import folder, byte for byte',
  async () => {
    const path = join(stage.folder, '現場の動画.mp4');
    const sha256 = await writeNoise(path, sizeBytes);
    const submitter = await stage.welcome();
    const startedMs = Date.now();
    await sendTo(submitter.page, sampleLinkOf(stage.product), [path]);
    await submitter.page
      .getByRole('heading', { name: 'Everything has arrived' })
      .waitFor({ timeout: limitMs });
    const receivedMs = Date.now();
    expect(await shownHashes(submitter.page)).toEqual([sha256]);
    await submitter.leave();

    const manifestPath = await until('a manifest', limitMs, async () =>
      (await filesBelow(stage.product.importDir)).find((path) => path.endsWith('manifest.json')),
    );
    const deliveredMs = Date.now();
    const manifest = JSON.parse(await readFile(join(stage.product.importDir, manifestPath), 'utf8')) as {
      files: { path: string; sizeBytes: number; sha256: string }[];
    };
    expect(manifest.files).toEqual([expect.objectContaining({ sizeBytes, sha256 })]);
    const delivered = join(stage.product.importDir, dirname(manifestPath), manifest.files[0]?.path ?? '');
    expect(await sha256Of(delivered)).toBe(sha256);
    console.log(
      `${sizeBytes / 1024 / 1024} MiB: receipt after ${(receivedMs - startedMs) / 1000} s, delivered after ${(deliveredMs - startedMs) / 1000} s`,
    );
  },
  limitMs * 2,
);

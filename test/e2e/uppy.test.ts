import { createHash, randomBytes } from 'node:crypto';
import { build } from 'esbuild';
import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { sampleLinkOf } from './support/request.ts';
import { setStageWithLine } from './support/stage.ts';

const megabyte = 1024 * 1024;
/** What Chromium says of requests that a broken line cost. It sends a PATCH again by itself, which comes too late. */
const broken = /net::ERR_|status of 409/;

const stage = setStageWithLine();

let script: string;

beforeAll(async () => {
  script = await bundle();
});

test('Uppy sends several files at once, and what arrived is what it sent', async () => {
  const submitter = await stage.welcome();
  const opened = await begin();
  const contents = [randomBytes(3 * megabyte), randomBytes(1), randomBytes(400_000)];
  await openUppyPage(submitter.page);
  const outcome = await sendByUppy(submitter.page, opened, contents);
  expect(outcome).toEqual({ successful: 3, failed: [] });
  expect(await hashesOf(opened)).toEqual(hashes(contents));
  await submitter.leave();
});

test('Uppy goes on where it was after the line broke in the middle', async () => {
  const submitter = await stage.welcome();
  submitter.expectTrouble(broken);
  const opened = await begin();
  const contents = [randomBytes(16 * megabyte)];
  const offsets: number[] = [];
  submitter.page.on('request', (request) => {
    if (request.method() === 'PATCH') offsets.push(Number(request.headers()['upload-offset']));
  });
  await openUppyPage(submitter.page);
  stage.line.setRate(3 * megabyte);
  const before = stage.line.passedBytes;
  const sending = sendByUppy(submitter.page, opened, contents);
  await expect.poll(() => stage.line.passedBytes - before, { timeout: 45_000 }).toBeGreaterThan(6 * megabyte);
  stage.line.cut();
  stage.line.mend();
  stage.line.setRate(Number.POSITIVE_INFINITY);
  expect(await sending).toEqual({ successful: 1, failed: [] });
  expect(await hashesOf(opened)).toEqual(hashes(contents));
  expect(offsets.filter((offset) => offset > 0).length).toBeGreaterThan(0);
  await submitter.leave();
});

interface Opened {
  submissionId: string;
  credential: string;
}

const begin = async (): Promise<Opened> => {
  const response = await fetch(`${sampleLinkOf(stage.product)}/submissions`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ name: 'Uppy' }),
  });
  expect(response.status).toBe(201);
  return (await response.json()) as Opened;
};

/** @returns the SHA-256 of each file on the receipt, sorted */
const hashesOf = async ({ submissionId, credential }: Opened): Promise<string[]> => {
  const ask = async (path: string, method: string) =>
    (await (
      await fetch(`${stage.product.origin}/submissions/${submissionId}${path}`, {
        method,
        headers: { Authorization: `Bearer ${credential}` },
      })
    ).json()) as { state: string; files: { sha256: string | null }[] };
  await ask('/finish', 'POST');
  await expect.poll(async () => (await ask('', 'GET')).state, { timeout: 20_000 }).toBe('sealed');
  return (await ask('', 'GET')).files.map(({ sha256 }) => sha256 ?? '').sort();
};

const hashes = (contents: Buffer[]): string[] =>
  contents.map((content) => createHash('sha256').update(content).digest('hex')).sort();

/** A page of the portal's own origin, since the portal answers no other, on which there is only Uppy. */
const openUppyPage = async (page: Page): Promise<void> => {
  const address = `${stage.product.origin}/uppy-only`;
  await page.route(address, (route) =>
    route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>Uppy</title>' }),
  );
  await page.goto(address);
  await page.addScriptTag({ content: script });
};

interface Outcome {
  successful: number;
  failed: string[];
}

declare global {
  var sendByUppy: (files: { name: string; base64: string }[], credential: string) => Promise<Outcome>;
}

const sendByUppy = (page: Page, { credential }: Opened, contents: Buffer[]): Promise<Outcome> =>
  page.evaluate(([files, secret]) => globalThis.sendByUppy(files, secret), [
    contents.map((content, n) => ({ name: `${n}.bin`, base64: content.toString('base64') })),
    credential,
  ] as const);

/** Uppy as its own documentation sets it up, with the submission's credential as a header. */
const bundle = async (): Promise<string> => {
  const contents = `
    import Uppy from '@uppy/core';
    import Tus from '@uppy/tus';
    globalThis.sendByUppy = async (files, credential) => {
      const uppy = new Uppy();
      uppy.use(Tus, { endpoint: '/uploads', headers: { Authorization: 'Bearer ' + credential } });
      for (const { name, base64 } of files) {
        const data = await (await fetch('data:application/octet-stream;base64,' + base64)).blob();
        uppy.addFile({ name, type: 'application/octet-stream', data });
      }
      const { successful, failed } = await uppy.upload();
      return { successful: successful.length, failed: failed.map(({ error }) => String(error)) };
    };`;
  const built = await build({
    stdin: { contents, resolveDir: import.meta.dirname },
    bundle: true,
    format: 'iife',
    write: false,
  });
  return built.outputFiles[0]?.text ?? '';
};

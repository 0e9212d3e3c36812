import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { SubmissionDescription } from '../../../server/intake/describe-submission.ts';
import type { Group } from '../bench.ts';
import { createUpload, tusHeaders } from '../children/patch.ts';
import { bytesOf } from '../content.ts';
import { sealAndImport } from '../imports.ts';
import { median, warmUp } from '../rounds.ts';
import type { PortalProcess } from '../site.ts';
import { type Begun, beginSubmission } from '../submission.ts';

const fileBytes = 10_000;
const storedLimitMs = 30_000;
/** So that no two fall alike into the beat of anything that is done regularly. */
const longestPauseMs = 700;

/** How long a small file is on its way from the seal to the ledger's word that it is there. Absolute: staff wait for it. */
export const sealToDelivered: Group = async (bench) => {
  const site = await bench.site();
  return site.withImporter(async (portal) => {
    await warmUp(bench, site, portal);
    const timesMs: number[] = [];
    const token = await site.invite();
    for (let n = 0; n < (bench.quick ? 5 : 60); n += 1) {
      const begun = await beginSubmission(portal.url, token, 'Bench');
      await sendSmall(portal, begun, bytesOf(`${bench.root} ${n}`, fileBytes));
      await delay(randomInt(longestPauseMs));
      timesMs.push(await sealAndImport(site, portal, begun));
      await bench.cloud.remove(`${site.folder}/${begun.receiptNumber} Bench`);
    }
    const seconds = (ms: number | undefined) => `${((ms ?? Number.NaN) / 1000).toFixed(2)} s`;
    const sorted = timesMs.toSorted((a, b) => a - b);
    const p95 = sorted[Math.ceil(sorted.length * 0.95) - 1] ?? Number.NaN;
    bench.say(
      `seal-to-delivered: median ${seconds(median(timesMs))}, p95 ${seconds(p95)}, longest ${seconds(sorted.at(-1))}`,
    );
    return { 'seal-to-delivered': p95 / 1000 };
  });
};

/** Resolves when it is stored. */
const sendSmall = async (portal: PortalProcess, begun: Begun, bytes: Buffer): Promise<void> => {
  const { path } = await createUpload(portal.url, begun.credential, 'small.bin', bytes.length);
  const sent = await fetch(`${portal.url}${path}`, {
    method: 'PATCH',
    headers: tusHeaders(begun.credential, {
      'content-type': 'application/offset+octet-stream',
      'upload-offset': '0',
    }),
    body: new Uint8Array(bytes),
  });
  await sent.arrayBuffer();
  if (sent.status !== 204) throw new Error(`not sent: ${sent.status}`);
  const deadlineMs = performance.now() + storedLimitMs;
  while (!(await isStored(portal, begun))) {
    if (performance.now() > deadlineMs) throw new Error(`waited ${storedLimitMs} ms for a file to be stored`);
    await delay(20);
  }
};

const isStored = async (portal: PortalProcess, { submissionId, credential }: Begun): Promise<boolean> => {
  const headers = { authorization: `Bearer ${credential}` };
  const reply = await fetch(`${portal.url}/submissions/${submissionId}`, { headers });
  if (!reply.ok) throw new Error(`no description: ${reply.status}`);
  const { files } = (await reply.json()) as SubmissionDescription;
  return files.length > 0 && files.every(({ state }) => state === 'stored');
};

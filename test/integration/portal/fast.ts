import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { ClientRequest } from 'node:http';
import { join } from 'node:path';
import { eq } from 'drizzle-orm';
import { expect } from 'vitest';
import { parts, submissions } from '../../../db/schema/index.ts';
import type { UploadLimits } from '../../../server/upload/engine.ts';
import { type OpenRequest, startPortal, type TestPortal, until } from '../../support/portal.ts';
import { contentOf, filesOf, idIn, type Reply, replyOf, tusOf, uploadFolders, uploadRow } from './wire.ts';

export const MiB = 1024 * 1024;

/** More than what is evidence of speed, and than what is collected before it is. */
export const fileBytes = 20 * MiB;

const eager: UploadLimits['flow'] = {
  leastBytesPerSecond: 1,
  leastBytes: 2 * MiB,
  mostMs: 600_000,
  waitMs: 600_000,
  stallMs: 60_000,
};

/**
 * A portal that takes everybody for fast of whom 8 MiB have come. While it collects them no part gets full, so that a
 * whole file goes as it comes.
 */
export const startFastPortal = (flow: Partial<UploadLimits['flow']> = {}): Promise<TestPortal> =>
  startPortal({
    limits: {
      partBytes: 16 * MiB,
      mostPartBytes: 16 * MiB,
      partAgeMs: 300_000,
      flow: { ...eager, ...flow },
    },
  });

/** The same, whose parts are so small that some are sent before anybody is known to be fast. */
export const startPartsPortal = (): Promise<TestPortal> =>
  startPortal({
    limits: { partBytes: MiB, mostPartBytes: 4 * MiB, partAgeMs: 300_000, flow: eager },
  });

export const sha256 = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');

export const write = async (patch: ClientRequest, bytes: Uint8Array): Promise<void> => {
  if (!patch.write(bytes)) await once(patch, 'drain');
};

/** What a stand-in calls a file that is being written. */
const beingWritten = '.standin-';

/** One upload, and what is seen of it on both sides. */
export const announce = async (
  portal: TestPortal,
  request: OpenRequest,
  {
    content = randomBytes(fileBytes),
    name = 'file.bin',
    more = {},
  }: {
    content?: Buffer;
    name?: string;
    /** Of its metadata. */
    more?: Record<string, string>;
  } = {},
) => {
  const begun = await portal.begin(request);
  const tus = tusOf(portal, begun);
  const id = idIn(await tus.createNamed(name, content.length, more));
  const row = () => uploadRow(portal, id);
  const filesNow = () => filesOf(portal, request, begun);
  /** The names of what is in the submission's folder. */
  const names = () =>
    filesNow()
      .filter((path) => !path.includes(beingWritten))
      .map((path) => path.slice(path.lastIndexOf('/') + 1))
      .toSorted();
  const pathOf = (file: string) => filesNow().find((path) => path.endsWith(`/${file}`)) ?? `no ${file}`;
  const offset = async () => Number((await tus.head(id)).headers['upload-offset']);
  const folder = async () => {
    const [submission] = await portal.db
      .select()
      .from(submissions)
      .where(eq(submissions.id, begun.submissionId));
    return `${request.folder.slice(1)}/${submission?.folderName}`;
  };
  const inNextcloud = async (method: string, path: string, body?: Buffer): Promise<void> => {
    const { user, url } = portal.standin;
    const address = [user.id, ...path.split('/')].map(encodeURIComponent).join('/');
    const reply = await fetch(`${url}/remote.php/dav/files/${address}`, {
      method,
      headers: {
        authorization: `Basic ${Buffer.from(`${user.id}:${user.appPassword}`).toString('base64')}`,
      },
      ...(body === undefined ? {} : { body: new Uint8Array(body) }),
    });
    expect([201, 204, 405]).toContain(reply.status);
  };
  /** Sends everything from there on in one PATCH, which may be answered before all of it is sent. */
  const sends = (from: number, bytes: Uint8Array = content.subarray(from)): Promise<Reply> => {
    const patch = tus.openPatch(id, from, bytes.length);
    patch.on('error', () => undefined);
    const reply = replyOf(patch);
    patch.end(bytes);
    return reply;
  };
  return {
    begun,
    tus,
    id,
    content,
    row,
    names,
    offset,
    partsOf: () => portal.db.select().from(parts).where(eq(parts.uploadId, id)).orderBy(parts.startBytes),
    contentIn: (file: string) => contentOf(portal, pathOf(file)),
    /** Requests that put the file in its place in one go, as far as they are over. */
    wholePuts: () =>
      portal.standin.requests
        .matching('PUT', '/dav/files/')
        .filter(({ path }) => path.includes(encodeURIComponent(begun.receiptNumber))),
    hasUploadFolder: () => uploadFolders(portal).includes(`uketori-${id}`),
    /** Resolves when Nextcloud is being sent the file as it comes. */
    flowing: () => until('the flow', () => filesNow().some((path) => path.includes(beingWritten))),
    /** Resolves when nothing of the file is in Nextcloud, whole or in part. */
    gone: () =>
      until(
        'nothing to be left',
        () => filesNow().length === 0 && !uploadFolders(portal).includes(`uketori-${id}`),
      ),
    /** Puts a file where it will be, as somebody else would. */
    async takeName(file: string, foreign: Buffer): Promise<void> {
      await inNextcloud('MKCOL', await folder());
      await inNextcloud('PUT', `${await folder()}/${file}`, foreign);
    },
    /** Removes the submission's folder, as somebody else would. */
    removeFolder: async () => inNextcloud('DELETE', await folder()),
    /** Changes a stored file behind Nextcloud's back, as a failing disk does. */
    spoil(file: string): void {
      const { root, user } = portal.standin;
      writeFileSync(join(root, 'files', user.id, pathOf(file)), randomBytes(content.length));
    },
    sends,
    /** Sends what is missing in one PATCH. */
    async sendRest(): Promise<void> {
      expect((await sends(await offset())).status).toBe(204);
    },
    /** Resolves when the file is stored under its name, the only one there, with its bytes. */
    async expectStored(file = name): Promise<void> {
      await until('the file', async () => (await row()).state === 'stored');
      expect(names()).toContain(file);
      expect(sha256(await contentOf(portal, pathOf(file)))).toBe(sha256(content));
      expect(await row()).toMatchObject({ sha256: sha256(content), targetPath: file });
    },
  };
};

/** Once nothing is under way, nothing of the memory and no turn is held; of the memory no more than before. */
export const expectAllGivenBack = async ({ composed }: TestPortal, heldBytes = 0): Promise<void> => {
  await until('the memory to be free', () => composed.engine.room.budget.usedBytes <= heldBytes, 5_000);
  const turns = Array.from({ length: 3 }, () => composed.engine.turns.tryTakeLong());
  expect(turns.filter((release) => release === undefined)).toEqual([]);
  for (const release of turns) release?.();
};

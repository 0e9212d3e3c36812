import type { Readable } from 'node:stream';
import { isSystemFile, nameOf } from '../../../../web/sending/paths.ts';
import { admitUpload, mostBytes } from '../../../intake/admit.ts';
import { findOwnSubmission } from '../../../intake/submit.ts';
import { Failure, isFailure } from '../../../lib/failure.ts';
import { statusOf } from '../../failures.ts';
import type { Portal } from '../../portal.ts';
import { asFailure } from '../../replies.ts';
import type { FormPart } from './parts.ts';

/** What came of a form. */
export interface Received {
  fields: Map<string, string>;
  /** Of the submission; undefined where none was begun. */
  credential?: string;
  /** Why none was begun. */
  notBegun?: Failure;
  /** Names of the files that came all the same. */
  passedOver: string[];
  arrived: number;
  /** Each file, and each field that came too late, with the rule that it breaks. */
  refused: { name: string; failure: Failure }[];
  /** Files that computers make for themselves. */
  skipped: number;
  /** The form did not come to its end. What followed is not known. */
  broken?: Failure;
}

type FilePart = Extract<FormPart, { kind: 'file' }>;

/** @returns the credential of the submission that the files go to @throws Failure when none can be begun */
type Begin = (fields: ReadonlyMap<string, string>) => Promise<string>;

/**
 * Takes a form in: each file is admitted, stored and settled as one that comes over tus, and one that is refused holds
 * up none that follows. When the connection breaks, the file that was under way is ended and removed; those before it
 * stay. Their submission stays open, so that whoever has its cookie or its credential can go on; else it is sealed, as
 * not finished, when nothing has happened in it for a day.
 */
export const receiveForm = async (
  portal: Portal,
  parts: AsyncIterable<FormPart>,
  begin: Begin,
  credential?: string,
): Promise<Received> => {
  const received: Received = { fields: new Map(), passedOver: [], arrived: 0, refused: [], skipped: 0 };
  if (credential !== undefined) received.credential = credential;
  try {
    for await (const part of parts) {
      if (part.kind === 'field') takeField(received, part);
      else await takeFile(portal, received, part, begin);
    }
  } catch (error) {
    received.broken = error instanceof Failure ? error : new Failure('upload.busy', { cause: error });
  }
  return received;
};

/** Whether a form's field has to do with a submission. */
export const isKnown = (name: string): boolean => /^(name|email|message|password|answer\..+)$/.test(name);

/** A submission is begun with its first file: what comes later can't be in it. */
const takeField = (received: Received, { name, value }: Extract<FormPart, { kind: 'field' }>): void => {
  const isLate = received.credential !== undefined || received.notBegun !== undefined;
  if (!isLate) received.fields.set(name, value);
  else if (isKnown(name))
    received.refused.push({
      name,
      failure: new Failure('submission.field-late', { params: { label: name } }),
    });
};

const takeFile = async (portal: Portal, received: Received, part: FilePart, begin: Begin): Promise<void> => {
  const { content, name } = part;
  try {
    if (isSystemFile(name)) received.skipped += 1;
    else if (name !== '' || (await hasBytes(content))) {
      received.credential ??= await beginOnce(received, begin);
      if (received.credential === undefined) {
        received.passedOver.push(name);
        return;
      }
      await storeFile(portal, received.credential, part);
      received.arrived += 1;
    }
  } catch (error) {
    const failure = await reasonOf(portal, received, asFailure(error));
    if (statusOf[failure.code] >= 500)
      portal.log.error({ err: error, code: failure.code, details: failure.details }, 'a plain upload failed');
    received.refused.push({ name, failure });
    // Too slow, or this process ends: nothing that follows would fare better.
    if (failure.code === 'upload.busy') throw failure;
  } finally {
    content.resume();
  }
};

/** Of an input that was left empty a browser sends a part without a name and without a byte. */
const hasBytes = async (content: Readable): Promise<boolean> => {
  let bytes = 0;
  for await (const chunk of content as AsyncIterable<Uint8Array>) bytes += chunk.length;
  return bytes > 0;
};

const beginOnce = async (received: Received, begin: Begin): Promise<string | undefined> => {
  if (received.notBegun !== undefined) return undefined;
  try {
    return await begin(received.fields);
  } catch (error) {
    received.notBegun = asFailure(error);
    if (received.notBegun.code === 'internal') throw error;
    return undefined;
  }
};

/** A browser does not say how long a file is: that is known at its end. */
const storeFile = async (
  { intake, proofs, uploads }: Portal,
  credential: string,
  { field, name, contentType, content }: FilePart,
): Promise<void> => {
  const [, item] = /^files(?:\.(.+))?$/s.exec(field) ?? [undefined, null];
  if (item === null) throw new Failure('upload.metadata-invalid');
  const path = name.normalize('NFC');
  const own = await findOwnSubmission(intake, credential);
  const uploadId = await admitUpload(intake, proofs, own, {
    sizeBytes: null,
    metadata: {
      filename: nameOf(path),
      filetype: contentType,
      ...(path.includes('/') ? { relativePath: path } : {}),
      ...(item === undefined ? {} : { item }),
    },
  });
  await uploads.store.takeWhole(uploadId, async () => ({
    source: content,
    sizeBytes: undefined,
    mostBytes: await mostBytes(intake, own, uploadId),
    welcomeAtMs: performance.now(),
    checksum: undefined,
  }));
};

/** Staff closing a request end its uploads and its submissions: that is the reason, and not how it was noticed. */
const reasonOf = async (portal: Portal, received: Received, failure: Failure): Promise<Failure> => {
  if (received.credential === undefined) return failure;
  if (!isFailure(failure, 'upload.busy', 'not-found')) return failure;
  const { request } = await findOwnSubmission(portal.intake, received.credential);
  return request.state === 'open' ? failure : new Failure('request.closed');
};

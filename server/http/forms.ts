import { Readable } from 'node:stream';
import type { Context } from 'hono';
import type { FormRow } from '../../db/queries/request-forms.ts';
import { maxFormBytes, readForm } from '../intake/request-forms.ts';
import { Failure } from '../lib/failure.ts';
import type { Portal } from './portal.ts';

/** Where forms come in: larger than other bodies, and read only when it is known who sends them. */
export const formsPath = /^\/(staff|api\/v1)\/requests\/[^/]+\/forms$/;

/** What surrounds a file in a multipart body. */
const aroundBytes = 64 * 1024;
/** A browser shows no answer before it has sent all, so that more is read than is kept. */
const mostReadBytes = 10 * maxFormBytes;

/**
 * The field `file` of a multipart body. To be called only when it is known that the sender may attach forms.
 * @throws Failure `form.too-large`, `form.empty`, `input.invalid`
 */
export const sentForm = async (c: Context): Promise<{ name: string; content: Buffer }> => {
  const body = await bodyUpTo(c, maxFormBytes + aroundBytes);
  const type = c.req.header('content-type') ?? '';
  const fields = await new Response(body, { headers: { 'Content-Type': type } })
    .formData()
    .catch((cause: unknown) => {
      throw new Failure('input.invalid', { cause });
    });
  const file = fields.get('file');
  if (!(file instanceof File) || file.size === 0) throw new Failure('form.empty');
  return { name: file.name, content: Buffer.from(await file.arrayBuffer()) };
};

const bodyUpTo = async (c: Context, mostBytes: number): Promise<Uint8Array<ArrayBuffer>> => {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of c.req.raw.body ?? []) {
    sizeBytes += chunk.length;
    if (sizeBytes > mostBytes) chunks.length = 0;
    else chunks.push(chunk);
    if (sizeBytes > mostReadBytes) {
      c.header('Connection', 'close');
      break;
    }
  }
  if (sizeBytes > mostBytes) throw new Failure('form.too-large', { params: { limitBytes: maxFormBytes } });
  return new Uint8Array(Buffer.concat(chunks));
};

/**
 * Hands a form out: to be kept, never to be shown. Its type is nobody's word, and were it opened all the same, it could
 * neither run nor load anything.
 */
export const giveForm = (c: Context, portal: Portal, form: FormRow): Response => {
  const body = Readable.toWeb(Readable.from(readForm(portal.intake, form), { objectMode: false }));
  return c.body(body as ReadableStream<Uint8Array<ArrayBuffer>>, 200, {
    'Content-Type': 'application/octet-stream',
    'Content-Length': String(form.sizeBytes),
    'Content-Disposition': `attachment; filename="${plain(form.name)}"; filename*=UTF-8''${encoded(form.name)}`,
    'Content-Security-Policy': "default-src 'none'; sandbox",
  });
};

/** For what knows no other. */
const plain = (name: string): string => name.replaceAll(/[^\w .()-]/g, '_');

/** RFC 8187. */
const encoded = (name: string): string =>
  encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

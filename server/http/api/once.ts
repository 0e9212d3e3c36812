import { createHash } from 'node:crypto';
import type { Context, Next } from 'hono';
import {
  claimKey,
  findKey,
  freeKey,
  keepAnswer,
  type RepeatableCall,
} from '../../../db/queries/idempotency.ts';
import { Failure } from '../../lib/failure.ts';
import type { Portal } from '../portal.ts';

interface Answer {
  status: number;
  type: string | null;
  body: string;
}

/**
 * With an `Idempotency-Key` a call is carried out once: the same again is given the same answer, for 24 hours. A refusal is not
 * kept: nothing was done, and the key may be used again.
 * @throws Failure `idempotency.key-reused` for something else, `idempotency.under-way` while the first is carried out
 */
export const once = async (
  c: Context,
  portal: Portal,
  tokenId: string,
  next: Next,
): Promise<Response | undefined> => {
  const header = c.req.header('idempotency-key');
  if (header === undefined) {
    await next();
    return undefined;
  }
  const call: RepeatableCall = { tokenId, key: keyIn(header), hash: await hashOf(c) };
  const context = `idempotency:${tokenId}:${call.key}`;
  const epoch = await claimKey(portal.db, call, portal.nodeId);
  if (epoch === undefined) {
    const { status, type, body } = JSON.parse(
      portal.sealing.open(await answerTo(portal, call), context),
    ) as Answer;
    const headers = { 'Idempotency-Replayed': 'true', ...(type !== null && { 'Content-Type': type }) };
    return new Response(status === 204 ? null : body, { status, headers });
  }
  await next();
  if (!c.res.ok) await freeKey(portal.db, call, epoch);
  else {
    const answer: Answer = {
      status: c.res.status,
      type: c.res.headers.get('content-type'),
      body: await c.res.clone().text(),
    };
    // Sealed, for it may tell a link.
    await keepAnswer(portal.db, call, epoch, portal.sealing.seal(JSON.stringify(answer), context));
  }
  return undefined;
};

const answerTo = async (portal: Portal, call: RepeatableCall): Promise<string> => {
  const found = await findKey(portal.db, call);
  if (found !== undefined && found.hash !== call.hash) throw new Failure('idempotency.key-reused');
  if (found === undefined || found.answerSealed === null)
    throw new Failure('idempotency.under-way', { retry: { afterMs: 1000 } });
  return found.answerSealed;
};

/** A string of structured fields (`"…"`), as the draft has it, or the same bare. @throws Failure `input.invalid` */
const keyIn = (header: string): string => {
  const key = /^"([\x20-\x21\x23-\x5b\x5d-\x7e]{1,255})"$|^([\x21\x23-\x5b\x5d-\x7e]{1,255})$/.exec(header);
  const found = key?.[1] ?? key?.[2];
  if (found === undefined) throw new Failure('input.invalid');
  return found;
};

const hashOf = async (c: Context): Promise<string> =>
  createHash('sha256')
    .update(`${c.req.method} ${new URL(c.req.url).pathname}\n`)
    .update(new Uint8Array(await c.req.arrayBuffer()))
    .digest('hex');

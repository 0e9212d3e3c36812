import { createHmac } from 'node:crypto';
import type { DeliveryCallback } from '../../../lib/delivery-callbacks.ts';
import { type Delivery, type DirectLink, type Manifest, manifestOf } from '../destination.ts';

/** One message of the Standard Webhooks specification, version 1.0.0. */
export interface Message {
  /** The same at every attempt of one round: the receiver tells a repeat by it. No `.` in it. */
  id: string;
  body: Buffer;
}

/** As the receiver reads it. */
export interface DeliveryMessage {
  type: 'uketori.delivery';
  /** When the submission was sealed, not when it was sent. */
  timestamp: string;
  data: Manifest & {
    per: Delivery['per'];
    files: (Manifest['files'][number] & { download: { url: string; expiresAt: string } })[];
    /** Fresh links, when those above have expired. */
    renew?: Callback;
    /** Where the receiver says that it has the files; `required`: nothing counts as delivered before. */
    acknowledge?: Callback & { required: boolean };
  };
}

export interface Callback {
  method: 'POST';
  url: string;
  /** Value of the header of that name. */
  authorization: string;
}

/** @param linkOf of each file, by its id: a secret, as is the whole body */
export const deliveryMessage = (
  delivery: Delivery,
  linkOf: (fileId: string) => DirectLink,
  callback: DeliveryCallback | undefined,
  { now, acknowledgeRequired }: { now: Date; acknowledgeRequired: boolean },
): Message => {
  const manifest = manifestOf(delivery, ({ path }) => path, now);
  const message: DeliveryMessage = {
    type: 'uketori.delivery',
    timestamp: delivery.sealedAt.toISOString(),
    data: {
      ...manifest,
      per: delivery.per,
      files: manifest.files.map((file) => {
        const { url, expiresAt } = linkOf(file.id);
        return { ...file, download: { url, expiresAt: expiresAt.toISOString() } };
      }),
      ...(callback === undefined ? {} : callbacksOf(callback, acknowledgeRequired)),
    },
  };
  const { key, round } = delivery;
  return { id: round === 0 ? key : `${key}-${round}`, body: Buffer.from(JSON.stringify(message)) };
};

const callbacksOf = ({ links, acknowledgement, token }: DeliveryCallback, required: boolean) => {
  const callTo = (url: URL): Callback => ({
    method: 'POST',
    url: url.href,
    authorization: `Bearer ${token}`,
  });
  return { renew: callTo(links), acknowledge: { ...callTo(acknowledgement), required } };
};

/** Asks for a 2xx and nothing more. @param id another each time */
export const checkMessage = (id: string, now: Date): Message => ({
  id,
  body: Buffer.from(JSON.stringify({ type: 'uketori.check', timestamp: now.toISOString(), data: {} })),
});

/** What proves who sent these very bytes, and when. @param secrets `whsec_…`, one signature for each */
export const signatureHeaders = (
  { id, body }: Message,
  secrets: readonly string[],
  now: Date,
): Record<string, string> => {
  const timestamp = String(Math.floor(now.getTime() / 1000));
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')}`;
  });
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
};

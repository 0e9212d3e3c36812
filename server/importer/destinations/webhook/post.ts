import { BlockList, isIP } from 'node:net';
import type { Readable } from 'node:stream';
import { Failure, isFailure } from '../../../lib/failure.ts';
import { type AddressGuard, createAddressGuard } from '../../../lib/outgoing/guard.ts';
import { failureOfStatus } from '../../../lib/outgoing/status.ts';
import type { DestinationTools } from '../destination.ts';
import type { WebhookConfig, WebhookSecrets } from './config.ts';
import { type Message, signatureHeaders } from './message.ts';

export interface Receiver {
  url: URL;
  config: WebhookConfig;
  secrets: WebhookSecrets;
  tools: Pick<DestinationTools, 'http' | 'guard'>;
}

const answerLimitBytes = 64 * 1024;
const answerPatienceMs = 5_000;

/**
 * Sends one message and takes any 2xx for its arrival. @returns the status
 * @throws Failure `destination.rejected` with details `gone` where the receiver wants no more of them (410), otherwise as
 *   the client and `failureOfStatus` say
 */
export const post = async (
  { url, config, secrets, tools }: Receiver,
  message: Message,
  now: Date,
  signal: AbortSignal,
): Promise<number> => {
  if (url.protocol === 'http:') await requireInside(url, tools.guard);
  const { signingSecret, previousSigningSecret, headerValue } = secrets;
  const signingSecrets = [
    signingSecret,
    ...(previousSigningSecret === undefined ? [] : [previousSigningSecret]),
  ];
  const { status, headers, body } = await tools.http.open({
    method: 'POST',
    url,
    headers: {
      'user-agent': 'Uketori',
      ...(config.header === undefined || headerValue === undefined ? {} : { [config.header]: headerValue }),
      ...signatureHeaders(message, signingSecrets, now),
    },
    body: { bytes: message.body, contentType: 'application/json' },
    signal,
  });
  await readAway(body);
  if (status >= 200 && status < 300) return status;
  if (status === 410)
    throw new Failure('destination.rejected', { details: { status, gone: true, host: url.host } });
  // So answers a receiver that is being set up anew, or the proxy before it: nothing that a delivery is to blame for.
  const isNotThere = status === 404 || status === 405 || (status >= 300 && status < 400);
  if (isNotThere)
    throw new Failure('destination.unavailable', { retry: 'later', details: { status, host: url.host } });
  throw failureOfStatus({ status, headers }, { host: url.host });
};

/** Nothing in an answer counts but its status: it is read only to be done with, and not for long. */
const readAway = async (body: Readable): Promise<void> => {
  const enough = setTimeout(() => body.destroy(), answerPatienceMs);
  let readBytes = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      readBytes += chunk.length;
      if (readBytes > answerLimitBytes) break;
    }
  } catch {
    // The status has come, whatever becomes of the rest.
  } finally {
    clearTimeout(enough);
    body.destroy();
  }
};

/** Refuses every address inside. */
const outside = createAddressGuard(new BlockList());

/**
 * Links to the files go in the message, and so does whatever opens them: without TLS it never leaves the house.
 * @throws Failure `destination.rejected`, `destination.address-refused`, or `destination.unavailable` without an address
 */
const requireInside = async (url: URL, guard: AddressGuard): Promise<void> => {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  guard.requireAllowed(host);
  const addresses = isIP(host) === 0 ? await addressesOf(host, guard) : [host];
  if (addresses.some((address) => outside.allows(address)))
    throw new Failure('destination.rejected', { details: { host: url.host, http: true } });
};

const addressesOf = (host: string, guard: AddressGuard): Promise<string[]> =>
  new Promise((resolve, reject) => {
    guard.lookup(host, { all: true }, (error, found) => {
      if (error !== null)
        reject(
          isFailure(error)
            ? error
            : new Failure('destination.unavailable', {
                retry: 'later',
                details: { host, reason: error.code ?? 'no address' },
              }),
        );
      else resolve(typeof found === 'string' ? [found] : found.map(({ address }) => address));
    });
  });

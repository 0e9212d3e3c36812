import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Client, type ConnectConfig } from 'ssh2';
import { Failure, isFailure } from '../../../lib/failure.ts';
import type { AddressGuard } from '../../../lib/outgoing/guard.ts';
import { fingerprintsOf, type SftpConfig, type SftpSecrets } from './config.ts';
import { unavailable } from './failures.ts';

/** How an attempt reaches the server. */
export interface Way {
  config: SftpConfig;
  secrets: SftpSecrets;
  guard: AddressGuard;
}

const connectTimeoutMs = 10_000;

/**
 * An SSH connection, signed in. The server's key is looked at first: nobody else is told the password.
 * @throws Failure `destination.address-refused`, `destination.auth` (later; `details.seenHostKey` when it is the server's key
 *   that is not as it should be), `destination.unavailable`, or the signal's reason
 */
export const connectSsh = async (way: Way, signal: AbortSignal): Promise<Client> => {
  const { config } = way;
  const socket = await connectTcp(way, signal);
  const client = new Client();
  const accepted = fingerprintsOf(config);
  let refusedKey: string | undefined;
  // Stays: what breaks later is told by `close`, and must not be thrown.
  client.on('error', () => undefined);
  const ready = once(client, 'ready', { signal });
  client.on('keyboard-interactive', (_name, _text, _language, prompts, answer) => {
    // Whoever asks for more than a password is not answered: a code can't be known here.
    const isPassword = prompts.length === 1 && prompts[0]?.echo !== true;
    answer(isPassword && way.secrets.password !== undefined ? [way.secrets.password] : []);
  });
  const closed = once(client, 'close').then(() =>
    Promise.reject(unavailable({ reason: 'the connection broke' })),
  );
  try {
    client.connect({
      sock: socket,
      username: config.user,
      readyTimeout: config.timeoutSeconds * 1000,
      hostVerifier: (key: Buffer) => {
        const seen = fingerprintOf(key);
        if (!accepted.includes(seen)) refusedKey = seen;
        return accepted.includes(seen);
      },
      ...signIn(way.secrets),
    });
    await Promise.race([ready, closed]);
    return client;
  } catch (error) {
    client.destroy();
    socket.destroy();
    signal.throwIfAborted();
    if (refusedKey !== undefined)
      throw new Failure('destination.auth', {
        retry: 'later',
        details: { seenHostKey: refusedKey, acceptedHostKeys: accepted },
      });
    throw meaningOf(error);
  } finally {
    closed.catch(() => undefined);
    ready.catch(() => undefined);
  }
};

export const fingerprintOf = (key: Buffer): string =>
  `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;

const signIn = ({ password, privateKey, passphrase }: SftpSecrets): Partial<ConnectConfig> => ({
  ...(password === undefined ? {} : { password, tryKeyboard: true }),
  ...(privateKey === undefined ? {} : { privateKey }),
  ...(passphrase === undefined ? {} : { passphrase }),
  authHandler: [
    ...(privateKey === undefined ? [] : (['publickey'] as const)),
    ...(password === undefined ? [] : (['password', 'keyboard-interactive'] as const)),
  ],
});

/** No delay: without, requests of SFTP are held back to be sent together, which costs a hundredfold. */
const connectTcp = async ({ config, guard }: Way, signal: AbortSignal): Promise<Socket> => {
  signal.throwIfAborted();
  guard.requireAllowed(config.host);
  const host = config.host.replace(/^\[|\]$/g, '');
  const socket = connect({ host, port: config.port, lookup: guard.lookup, noDelay: true, keepAlive: true });
  const late = AbortSignal.timeout(connectTimeoutMs);
  try {
    await once(socket, 'connect', { signal: AbortSignal.any([signal, late]) });
    return socket;
  } catch (error) {
    socket.on('error', () => undefined).destroy();
    signal.throwIfAborted();
    throw isFailure(error) ? error : unavailable({ reason: codeOf(error) ?? 'no connection' }, error);
  }
};

const meaningOf = (error: unknown): Failure => {
  if (isFailure(error)) return error;
  const level = error instanceof Error && 'level' in error ? error.level : undefined;
  if (level === 'client-authentication')
    return new Failure('destination.auth', { retry: 'later', details: { reason: 'sign-in refused' } });
  return unavailable({ reason: codeOf(error) ?? level ?? 'the connection broke' }, error);
};

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;

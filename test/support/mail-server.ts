import type { AddressInfo } from 'node:net';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

export interface ReceivedMail extends Email {
  envelope: { from: string; to: string[] };
  /** As it came over the wire. */
  raw: string;
}

export type Stage = 'connect' | 'mail-from' | 'rcpt-to' | 'data';

export interface MailServer {
  url: URL;
  /** What was taken, in order. */
  received: ReceivedMail[];
  /** How often each stage was reached, refusals included. */
  asked: Record<Stage, number>;
  /** Answers a stage with a code, so many times. */
  refuse(stage: Stage, responseCode: number, times?: number): void;
  /** Called when a mail is there whole, before the server says that it has it. */
  onTaken: (() => Promise<void>) | undefined;
  close(): Promise<void>;
}

/** A real SMTP server on this machine, that takes everything unless it is told otherwise. */
export const startMailServer = async (options: SMTPServerOptions = {}): Promise<MailServer> => {
  const refusals: { stage: Stage; responseCode: number; times: number }[] = [];
  const asked: MailServer['asked'] = { connect: 0, 'mail-from': 0, 'rcpt-to': 0, data: 0 };
  const refusal = (stage: Stage): Error | undefined => {
    asked[stage] += 1;
    const found = refusals.find((each) => each.stage === stage && each.times > 0);
    if (found === undefined) return undefined;
    found.times -= 1;
    return Object.assign(new Error('planted refusal'), { responseCode: found.responseCode });
  };
  const received: ReceivedMail[] = [];
  const server = new SMTPServer({
    authOptional: true,
    logger: false,
    onConnect: (_session, done) => done(refusal('connect')),
    onMailFrom: (_address, _session, done) => done(refusal('mail-from')),
    onRcptTo: (_address, _session, done) => done(refusal('rcpt-to')),
    onData(stream, session, done) {
      const take = async () => {
        const chunks: Buffer[] = [];
        for await (const chunk of stream) chunks.push(chunk as Buffer);
        const raw = Buffer.concat(chunks);
        const refused = refusal('data');
        if (refused !== undefined) return refused;
        const { mailFrom, rcptTo } = session.envelope;
        received.push({
          ...(await PostalMime.parse(raw)),
          envelope: {
            from: mailFrom === false ? '' : mailFrom.address,
            to: rcptTo.map(({ address }) => address),
          },
          raw: raw.toString('latin1'),
        });
        await mailServer.onTaken?.();
        return undefined;
      };
      const answer = async () => done(await take().catch((error: unknown) => error as Error));
      void answer();
    },
    ...options,
  });
  // A client that hangs up, as one must that does not like the certificate.
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.server.address() as AddressInfo;
  const mailServer: MailServer = {
    url: new URL(`smtp://127.0.0.1:${port}`),
    received,
    asked,
    refuse: (stage, responseCode, times = 1) => void refusals.push({ stage, responseCode, times }),
    onTaken: undefined,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
      }),
  };
  return mailServer;
};

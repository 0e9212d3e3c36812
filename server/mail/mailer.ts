import { createTransport } from 'nodemailer';
import type { Letter } from './letter.ts';

export interface MailSettings {
  /** `smtp:` or `smtps:`, with user and password where the server wants them. */
  server: URL;
  from: { name: string; address: string };
}

/**
 * Why a mail was not taken. `mail.refused`: this mail to this address, for good. `mail.put-off`: this mail, for now.
 * `mail.unavailable`, `mail.sign-in`, `mail.sender-refused`: the server takes none from us, whoever they are for.
 */
export type MailFailureCode =
  | 'mail.refused'
  | 'mail.put-off'
  | 'mail.unavailable'
  | 'mail.sign-in'
  | 'mail.sender-refused';

/** The words of the server are not kept: they name the address. */
export class MailNotSent extends Error {
  readonly code: MailFailureCode;
  /** For operators: `EENVELOPE RCPT TO 550`. */
  readonly details: string;

  constructor(code: MailFailureCode, details: string) {
    super(code);
    this.name = 'MailNotSent';
    this.code = code;
    this.details = details;
  }
}

export interface Mailer {
  /**
   * Hands a letter to the server. When it resolves the server has taken it.
   * @param id of the mail's row: its Message-ID is the same at every attempt
   * @throws MailNotSent
   */
  send(id: string, recipient: string, letter: Letter): Promise<void>;
  /** Connects and signs in. @throws MailNotSent */
  check(): Promise<void>;
}

/** Nothing of it takes longer: a server that says nothing must not hold a worker. */
const limits = {
  connectionTimeout: 10_000,
  greetingTimeout: 10_000,
  dnsTimeout: 10_000,
  socketTimeout: 30_000,
};

/** Danger: nodemailer reads files and fetches addresses for a content that names one; ours never does. */
const textOnly = { disableFileAccess: true, disableUrlAccess: true };

/**
 * Danger: nodemailer parses every address that it is given, also one that is given apart, and makes several of one:
 * `a@x.example,b@y.example` reaches both. So what is more than one plain address is never handed to it.
 */
const onePlainAddress = /^[^\s@<>()[\]\\,;:"\p{Cc}\p{Cf}]+@[^\s@<>()[\]\\,;:"\p{Cc}\p{Cf}]+$/u;

export const createMailer = ({ server, from }: MailSettings): Mailer => {
  const transport = createTransport({ ...connectionTo(server), ...limits, ...textOnly });
  const domain = from.address.slice(from.address.lastIndexOf('@') + 1);
  return {
    async send(id, recipient, { subject, text, html }) {
      if (!onePlainAddress.test(recipient)) throw new MailNotSent('mail.refused', 'not one plain address');
      try {
        await transport.sendMail({
          to: { name: '', address: recipient },
          from,
          envelope: { from: from.address, to: [recipient] },
          messageId: `<${id}@${domain}>`,
          subject,
          text,
          html,
          // RFC 3834: no out-of-office note answers it.
          headers: { 'Auto-Submitted': 'auto-generated' },
        });
      } catch (error) {
        throw notSent(error);
      }
    },
    async check() {
      try {
        await transport.verify();
      } catch (error) {
        throw notSent(error);
      }
    },
  };
};

const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/**
 * A password goes out encrypted to a server whose certificate is good, or, on this machine, as the server likes. Without
 * one, `smtp:` is encrypted where it is offered, whatever the certificate: whoever could forge that could suppress the offer.
 */
const connectionTo = (server: URL) => {
  const secure = server.protocol === 'smtps:';
  const user = decodeURIComponent(server.username);
  const isProtected = user !== '' && !loopback.test(server.hostname);
  return {
    host: server.hostname.replaceAll(/^\[|\]$/g, ''),
    ...(server.port === '' ? {} : { port: Number(server.port) }),
    secure,
    requireTLS: isProtected,
    tls: { rejectUnauthorized: secure || isProtected },
    ...(user === '' ? {} : { auth: { user, pass: decodeURIComponent(server.password) } }),
  };
};

/** What nodemailer knows of a failure: the command that failed, and the server's answer, if one came. */
interface SmtpError {
  code?: string;
  command?: string;
  responseCode?: number;
}

const notSent = (error: unknown): MailNotSent => {
  const { code, command, responseCode } = error as SmtpError;
  const known = [code, command, responseCode].filter((each) => each !== undefined);
  return new MailNotSent(codeOf(error as SmtpError), known.join(' '));
};

const codeOf = ({ code, command, responseCode }: SmtpError): MailFailureCode => {
  if (code === 'EAUTH') return 'mail.sign-in';
  // RFC 5321, 4.2.1: 5yz is for good, 4yz may pass.
  const isPermanent = responseCode !== undefined && responseCode >= 500;
  if (command === 'MAIL FROM') return isPermanent ? 'mail.sender-refused' : 'mail.unavailable';
  if (command === 'RCPT TO' || command === 'DATA') return isPermanent ? 'mail.refused' : 'mail.put-off';
  // Refused before the server was asked: no server would take this address.
  if (code === 'EENVELOPE' && command === 'API') return 'mail.refused';
  return 'mail.unavailable';
};

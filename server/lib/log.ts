import { type Logger, pino } from 'pino';

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'> & { child(bindings: object): Log };

/**
 * One JSON line an event, on standard output.
 * Never log a URL of a submitter's link, a token, a password or a header: name the row instead.
 */
export const createLog = (level: string, bindings: object = {}): Log =>
  pino({
    level,
    base: bindings,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: ['*.password', '*.appPassword', '*.authorization', '*.cookie', '*.token', '*.secretKey'],
      censor: '[redacted]',
    },
  });

export const silentLog: Log = pino({ level: 'silent' });

import type { NewRequestValues } from '../../../web/pages/staff/new-request-form.ts';
import type { Sealing } from '../../lib/sealing.ts';

/** How long a form can stand open with a password in it: as long as a session that nobody uses. */
const lifeMs = 12 * 60 * 60 * 1000;

interface Kept {
  password: string;
  /** Milliseconds since 1970. */
  untilMs: number;
}

/**
 * Carries a typed password over to the form's next drawing: sealed, for this session alone, and for 12 hours.
 * @param values as they were posted
 * @returns the same with the password that is meant. `isLost`: one was kept, and nobody can tell any more which
 */
export const keepPassword = (
  sealing: Sealing,
  sessionId: string,
  values: NewRequestValues,
  nowMs: number,
): { values: NewRequestValues; isLost: boolean } => {
  const context = `new-request-password:${sessionId}`;
  const none = { ...values, password: '', keptPassword: '', forgetPassword: false };
  if (values.password !== '') {
    const kept: Kept = { password: values.password, untilMs: nowMs + lifeMs };
    return {
      values: {
        ...none,
        password: values.password,
        keptPassword: sealing.seal(JSON.stringify(kept), context),
      },
      isLost: false,
    };
  }
  if (values.keptPassword === '' || values.forgetPassword) return { values: none, isLost: false };
  const password = openKept(sealing, values.keptPassword, context, nowMs);
  if (password === undefined) return { values: none, isLost: true };
  return { values: { ...none, password, keptPassword: values.keptPassword }, isLost: false };
};

const openKept = (sealing: Sealing, sealed: string, context: string, nowMs: number): string | undefined => {
  try {
    const { password, untilMs } = JSON.parse(sealing.open(sealed, context)) as Kept;
    return nowMs < untilMs ? password : undefined;
  } catch {
    return undefined;
  }
};

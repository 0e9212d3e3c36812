import { z } from 'zod';
import { Failure, isFailure } from '../lib/failure.ts';
import type { Http } from './http.ts';
import { jsonOf, type OcsCall, readOcs, requestOf } from './ocs.ts';
import type { CallOptions, Notification, Notifications } from './types.ts';

const root = '/apps/notifications/api/v3/admin_notifications';

/**
 * The way of Nextcloud's notifications app to tell any account something, for administrators: `openapi-administration.json`
 * and `docs/admin-notifications.md` of that app. What is said here was measured on Nextcloud 32.0.1.
 *
 * Danger: a subject or a message with `{word}` in it, and no parameter of that name, is answered with 200 and never shown.
 * So what is told is the name of a parameter, which may hold anything. A subject has at most 255 bytes (85
 * characters of Japanese), a message 4000; parameters are not counted.
 * @param ownId Nextcloud's own name for the account that tells
 */
export function createNotifications(http: Http, ownId: string): Notifications {
  return {
    async tell(userId, notification, options) {
      const answer = await send(http, callTo(userId, formOf(notification), options));
      if (answer === 'told') return 'told';
      if (answer === 'user') return 'unknown-user';
      throw new Failure('nextcloud.rejected', { details: { path: root, refused: answer } });
    },
    async mayTell(options) {
      try {
        // An empty subject is refused before anything is told, and to nobody but an administrator.
        await send(http, callTo(ownId, { subject: '' }, options));
        return 'yes';
      } catch (error) {
        if (isFailure(error, 'nextcloud.forbidden')) return 'no-administrator';
        if (isFailure(error, 'nextcloud.not-found')) return 'no-app';
        throw error;
      }
    },
  };
}

/** Names of parameters have two letters at least, and every value is a text, or all is refused. */
const formOf = ({ id, text, link }: Notification): Record<string, string> => ({
  subject: 'Uketori: {notice}',
  'subjectParameters[notice][type]': 'highlight',
  'subjectParameters[notice][id]': id,
  'subjectParameters[notice][name]': text,
  'subjectParameters[notice][link]': link.href,
  // In the browser the words are a link, and so is an address in a message; not every other client makes one of words.
  message: link.href,
});

const callTo = (userId: string, form: Record<string, string>, options?: CallOptions): OcsCall => ({
  method: 'POST',
  path: `${root}/${encodeURIComponent(userId)}`,
  form,
  signal: options?.signal,
});

/** @returns what Nextcloud refuses, where it answers 400: `user` for one that it does not know */
const send = async (http: Http, call: OcsCall): Promise<'told' | Refused> => {
  const request = requestOf(call);
  const reply = await http.text(request);
  const refused = refusal.safeParse(jsonOf(reply));
  if (reply.status === 400 && refused.success) return refused.data.ocs.data.error;
  readOcs(reply, http.about(request), told);
  return 'told';
};

const refusal = z.object({
  ocs: z.object({ data: z.object({ error: z.enum(['user', 'subject', 'message', 'parameters']) }) }),
});
type Refused = z.infer<typeof refusal>['ocs']['data']['error'];

const told = z.object({ id: z.number() });

import type { Instance, RichObjects, ToldNotification } from './instance.ts';
import { type OcsCall, OcsError, requireAdmin } from './ocs-call.ts';

export interface ShownNotification extends ToldNotification {
  /** With every name in its place. */
  shownSubject: string;
  shownMessage: string;
}

const longestSubject = 255;
const longestMessage = 4000;
const placeholder = /\{([a-z][\w.-]+)\}/gi;
const placeholderName = /^[a-z][\w.-]+$/i;

/** `POST /apps/notifications/api/v3/admin_notifications/{user}`, for administrators. */
export const notifyUser = (call: OcsCall, userId: string): object => {
  requireAdmin(call);
  const { instance, parameters } = call;
  const user = instance.accounts.userInAnyCase(userId);
  const subject = parameters.get('subject') ?? '';
  const message = parameters.get('message') ?? '';
  if (user === undefined) throw refused('user');
  // Bytes, not characters.
  if (subject === '' || Buffer.byteLength(subject) > longestSubject) throw refused('subject');
  if (Buffer.byteLength(message) > longestMessage) throw refused('message');
  const subjectParameters = objectsOf(call, 'subjectParameters');
  const messageParameters = objectsOf(call, 'messageParameters');
  for (const [text, objects] of [
    [subject, subjectParameters],
    [message, messageParameters],
  ] as const)
    if (Object.keys(objects).length > 0 && !isValid(text, objects)) throw refused('parameters');
  const id = instance.notifications.length + 1;
  instance.notifications.push({
    id,
    userId: user.id,
    subject,
    subjectParameters,
    message,
    messageParameters,
  });
  return { id };
};

/** `GET /apps/notifications/api/v2/notifications`: one's own, the newest first. */
export const listNotifications = ({ instance, signIn }: OcsCall): object[] =>
  shownNotifications(instance)
    .filter(({ userId }) => userId === signIn.user.id)
    .toReversed()
    .map((each) => ({
      notification_id: each.id,
      app: 'admin_notifications',
      user: each.userId,
      subject: each.shownSubject,
      message: each.shownMessage,
      link: '',
      subjectRich: each.subject,
      subjectRichParameters: each.subjectParameters,
      messageRich: each.message,
      messageRichParameters: each.messageParameters,
      actions: [],
    }));

/** One with a placeholder that nothing was given for was taken, and is never shown. */
export const shownNotifications = (instance: Instance): ShownNotification[] =>
  instance.notifications
    .filter(
      ({ subject, subjectParameters, message, messageParameters }) =>
        isValid(subject, subjectParameters) && isValid(message, messageParameters),
    )
    .map((told) => ({
      ...told,
      shownSubject: filled(told.subject, told.subjectParameters),
      shownMessage: filled(told.message, told.messageParameters),
    }));

const refused = (error: string): OcsError => new OcsError(400, '', 400, { error });

/** Sent as a form: `subjectParameters[notice][name]`. */
const objectsOf = ({ parameters }: OcsCall, of: string): RichObjects => {
  const objects: RichObjects = {};
  for (const [key, value] of parameters) {
    const [, name, field] = new RegExp(`^${of}\\[([^\\]]*)\\]\\[([^\\]]*)\\]$`).exec(key) ?? [];
    if (name === undefined || field === undefined) continue;
    objects[name] = { ...objects[name], [field]: value };
  }
  return objects;
};

const isValid = (text: string, objects: RichObjects): boolean =>
  [...text.matchAll(placeholder)].every(([, name = '']) => objects[name] !== undefined) &&
  Object.entries(objects).every(
    ([name, object]) =>
      placeholderName.test(name) && ['type', 'id', 'name'].every((field) => object[field] !== undefined),
  );

const filled = (text: string, objects: RichObjects): string =>
  text.replaceAll(placeholder, (whole, name: string) => objects[name]?.name ?? whole);

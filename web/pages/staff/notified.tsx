import { messagesFor } from '../../i18n/index.ts';
import type { PageContext } from '../context.ts';

/** What keeps notices from being told at Nextcloud. `unknown`: it could not be asked. */
export const notifyingObstacles = [
  'no-account',
  'no-administrator',
  'no-app',
  'refused',
  'unknown',
  'unknown-user',
] as const;
export type NotifyingObstacle = (typeof notifyingObstacles)[number];

/** Whether somebody wants notices at Nextcloud. `user`: their account there, where one is known. */
export interface ShownNotified {
  isWanted: boolean;
  user?: string;
  obstacle?: NotifyingObstacle | undefined;
}

/** Who wants it can always stop wanting it; who does not is offered it where it can be done, or may be soon. */
export const Notified = ({
  context,
  notified: { isWanted, user, obstacle },
  mayConnect,
}: {
  context: PageContext;
  notified: ShownNotified;
  mayConnect: boolean;
}) => {
  const words = messagesFor(context.language).account.notified;
  const isOffered = obstacle === undefined || obstacle === 'unknown' || obstacle === 'unknown-user';
  return (
    <>
      <label class="check">
        <input
          type="checkbox"
          name="notified"
          value="yes"
          checked={isWanted}
          disabled={!isOffered && !isWanted}
          aria-describedby="notified-hint"
        />
        <span>{words.label}</span>
      </label>
      <p class="hint" id="notified-hint">
        {obstacle === undefined
          ? words.hint({ user: user ?? '' })
          : words.obstacles[obstacle]({ user: user ?? '' })}{' '}
        {obstacle === 'no-account' &&
          (mayConnect ? <a href="#nextcloud-title">{words.connect}</a> : words.ask)}
      </p>
    </>
  );
};

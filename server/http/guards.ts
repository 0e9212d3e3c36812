import { isOwned, type Owned } from '../../db/queries/teams.ts';
import type { Right } from '../../db/schema/index.ts';
import type { ConfirmedDeed } from '../../web/i18n/index.ts';
import type { Actor } from '../intake/context.ts';
import { Failure } from '../lib/failure.ts';
import type { Portal } from './portal.ts';

/** Who may use a route. None is registered without: the shared security cases go through all that are. */
export interface Guard {
  /** `anyone`: whoever is signed in, or has a token. */
  needs: Right | 'anyone';
  /** What `id` in its path names. Of another team, it is not there. */
  of?: Owned;
  /**
   * What it does lets somebody into an account for good: whoever is signed in is asked again who they are, where that is
   * some minutes ago. For forms of the console; a token is none that a browser was left open with.
   */
  confirm?: ConfirmedDeed;
}

export interface GuardedRoute {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** From the root, with `:id`. */
  path: string;
  guard: Guard;
}

/** @throws Failure `not-found`, alike for what is not there and for what is another team's */
export const requireOwned = async (
  portal: Portal,
  { of }: Guard,
  id: string | undefined,
  actor: Actor,
): Promise<void> => {
  if (of === undefined) return;
  if (id === undefined || !(await isOwned(portal.db, of, id, actor.teams))) throw new Failure('not-found');
};

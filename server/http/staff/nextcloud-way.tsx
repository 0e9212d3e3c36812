import type { Context, Hono } from 'hono';
import { NextcloudWayPage } from '../../../web/pages/staff/nextcloud-way.tsx';
import { signInWithNextcloud } from '../../auth/nextcloud-sign-in.ts';
import type { Purpose } from '../../auth/nextcloud-way.ts';
import { connectNextcloud, disconnectNextcloud } from '../../auth/own-nextcloud.ts';
import { noting } from '../../auth/refusals.ts';
import { Failure, isFailure } from '../../lib/failure.ts';
import { page, pageContext } from '../pages.tsx';
import type { NextcloudDoor, Portal } from '../portal.ts';
import { cookieOf } from './cookies.ts';
import type { Console, StaffEnv } from './env.ts';

/** The way through Nextcloud's own sign-in page. The browser that begins keeps it, sealed, and alone can finish it. */
const wayOf = (portal: Portal) => {
  const { way } = portal.nextcloudDoor;
  const cookie = cookieOf(portal, 'staff-nextcloud');
  const serve = (c: Context, step: 'begin' | 'finish') =>
    portal.throttle.serve(`nextcloud-${step}`, portal.addressOf(c));
  return {
    async begin(c: Context, purpose: Purpose) {
      await serve(c, 'begin');
      cookie.set(c, await way.begin(purpose));
    },
    show(c: Context, purpose: Purpose, notYet: boolean) {
      const shown = way.look(cookie.get(c), purpose);
      return (
        shown &&
        page(
          c,
          <NextcloudWayPage
            context={pageContext(c, portal)}
            {...placeOf(purpose)}
            {...shown}
            notYet={notYet}
          />,
        )
      );
    },
    /** What came of it is told once, and a way that was refused leads nowhere. */
    async finish<T>(c: Context, work: (waySealed: string) => Promise<T | undefined>): Promise<T | undefined> {
      await serve(c, 'finish');
      try {
        const outcome = await work(cookie.get(c));
        if (outcome !== undefined) cookie.drop(c);
        return outcome;
      } catch (error) {
        if (isFailure(error, 'auth.not-admitted', 'account.not-yours')) cookie.drop(c);
        throw error;
      }
    },
  };
};

const placeOf = (purpose: Purpose) =>
  purpose === 'sign-in'
    ? ({ purpose, path: '/staff/sign-in/nextcloud' } as const)
    : ({ purpose: 'connect', path: '/staff/account/nextcloud' } as const);

/** @param letIn whose sign-in it is goes on as every other */
export const addNextcloudSignIn = (
  app: Hono<StaffEnv>,
  portal: Portal,
  letIn: (c: Context, staffId: string) => Promise<Response>,
): void => {
  const { begin, show, finish } = wayOf(portal);
  const door = (): NextcloudDoor & { groups: NonNullable<NextcloudDoor['signIn']>['groups'] } => {
    const { signIn } = portal.nextcloudDoor;
    if (signIn === undefined) throw new Failure('not-found');
    return { ...portal.nextcloudDoor, groups: signIn.groups };
  };

  app.post('/sign-in/nextcloud', async (c) => {
    door();
    await begin(c, 'sign-in');
    return c.redirect('/staff/sign-in/nextcloud', 303);
  });

  app.get('/sign-in/nextcloud', (c) => show(c, 'sign-in', false) ?? c.redirect('/staff/sign-in', 303));

  app.post('/sign-in/nextcloud/finish', async (c) => {
    const deps = door();
    const address = portal.addressOf(c);
    const attempt = { action: 'session.refused', staffId: undefined, address, by: 'Nextcloud' } as const;
    const staffId = await noting(portal, attempt, () =>
      finish(c, (way) => signInWithNextcloud(deps, way, address)),
    );
    if (staffId !== undefined) return letIn(c, staffId);
    return show(c, 'sign-in', true) ?? c.redirect('/staff/sign-in', 303);
  });
};

/** Who may open no request has no use for a folder of their own. */
const opener = { needs: 'requests:write' } as const;
/** Whoever's account is connected signs in with it from then on. */
const connects = { ...opener, confirm: 'nextcloud' } as const;

/** @param showAccount the account's page, which says why something was refused */
export const addOwnNextcloud = (
  app: Console,
  portal: Portal,
  showAccount: (c: Context<StaffEnv>, failure: Failure) => Promise<Response>,
): void => {
  const { begin, show, finish } = wayOf(portal);
  const door = portal.nextcloudDoor;
  const purposeOf = (c: Context<StaffEnv>) => `connect:${c.var.staff.staffId}` as const;
  const ownerOf = (c: Context<StaffEnv>) => ({
    staffId: c.var.staff.staffId,
    address: portal.addressOf(c),
  });
  const orSayWhy = async (c: Context<StaffEnv>, work: () => Promise<Response>): Promise<Response> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return showAccount(c, error);
    }
  };

  app.post('/account/nextcloud', connects, (c) =>
    orSayWhy(c, async () => {
      await begin(c, purposeOf(c));
      return c.redirect('/staff/account/nextcloud', 303);
    }),
  );

  app.get(
    '/account/nextcloud',
    opener,
    (c) => show(c, purposeOf(c), false) ?? c.redirect('/staff/account', 303),
  );

  app.post('/account/nextcloud/finish', connects, (c) =>
    orSayWhy(c, async () => {
      const isDone = await finish(c, async (waySealed) => {
        const granted = await door.way.finish(waySealed, purposeOf(c)).catch(asNotConnected);
        if (granted === undefined) return undefined;
        let isKept = false;
        try {
          isKept = await connectNextcloud(door, ownerOf(c), granted, 'person');
        } finally {
          if (!isKept) await door.way.giveBack(granted);
        }
        return true;
      });
      if (isDone === true) return c.redirect('/staff/account?done=connected', 303);
      return show(c, purposeOf(c), true) ?? c.redirect('/staff/account', 303);
    }),
  );

  // Also for who may open none any more.
  app.post('/account/nextcloud/disconnect', { needs: 'anyone' }, (c) =>
    orSayWhy(c, async () => {
      await disconnectNextcloud(door, ownerOf(c));
      return c.redirect('/staff/account?done=disconnected', 303);
    }),
  );
};

/** Who is signed in is not told that they are not. */
const asNotConnected = (error: unknown): never => {
  throw isFailure(error, 'auth.not-admitted')
    ? new Failure('account.not-connected', { cause: error })
    : error;
};

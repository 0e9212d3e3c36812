import { DrizzlePostgreSQLAdapter } from '@lucia-auth/adapter-drizzle';
import { Lucia, TimeSpan } from 'lucia';
import { recordAudit } from '../../db/queries/audit.ts';
import { findStaff, findStaffByLogin, type StaffRow, setStaff } from '../../db/queries/people.ts';
import { replaceSession } from '../../db/queries/sessions.ts';
import type { TeamScope } from '../../db/queries/teams.ts';
import { type StaffRole, sessions, staff } from '../../db/schema/index.ts';
import { Failure } from '../lib/failure.ts';
import { hashToken, newToken } from '../lib/ids.ts';
import { passwordMatches } from '../lib/passwords.ts';
import type { Sealing } from '../lib/sealing.ts';
import { auditOf } from './owner.ts';
import { noting } from './refusals.ts';
import { hasSecondFactor, proveSecondFactor, type SecondFactorDeps } from './second-factor.ts';
import { teamScopeOf } from './team-scope.ts';

/** A member of staff who is signed in. */
export interface SignedIn {
  staffId: string;
  /** Of the row: what the database keeps of the token. Opens nothing. */
  sessionId: string;
  login: string;
  name: string;
  role: StaffRole;
  teams: TeamScope;
}

/** Where a sign-in comes from. */
export interface SignInOrigin {
  address: string;
  userAgent: string | undefined;
  /** The token of a session that this browser has: it ends with the sign-in. */
  before?: string | undefined;
}

export interface NewSession {
  step: 'done';
  token: string;
  /** Null: never chosen. */
  language: 'en' | 'ja' | null;
  /** What the same person had typed, in the session before, when they were asked to confirm who they are. */
  holdsForm: boolean;
}

/** The password was right, and a code is still to come. `ticket` opens nothing but the asking for it. */
export interface HalfSignIn {
  step: 'second-factor';
  ticket: string;
}

/** Sessions of staff. The only module that knows lucia. */
export interface StaffSessions {
  /**
   * @returns with a new token or ticket, whatever cookie came along: no session survives a sign-in
   * @throws Failure `auth.refused` (the same for an unknown login, a wrong password and a disabled account),
   *   `auth.throttled`
   */
  signIn(login: string, password: string, from: SignInOrigin): Promise<NewSession | HalfSignIn>;
  /**
   * @param ticket as `signIn` gave it, some minutes ago at most
   * @throws Failure `auth.refused` when the ticket is not good (any more), `second-factor.wrong`, `auth.throttled`
   */
  finishSignIn(ticket: string, code: string, from: SignInOrigin): Promise<NewSession>;
  /**
   * For somebody whom another system has proven. A second factor that they have here is still asked for.
   * @param provenAt when they signed in there, where it says so; left out: now
   * @throws Failure `auth.not-admitted` for who is disabled
   */
  admit(staffId: string, from: SignInOrigin, provenAt?: Date): Promise<NewSession | HalfSignIn>;
  /** Who holds this token, or undefined. */
  whoIs(token: string): Promise<SignedIn | undefined>;
  signOut(token: string): Promise<void>;
}

/** What lucia is to know of a person beside the id, which it takes out of the row. */
type Account = Omit<SignedIn, 'staffId' | 'sessionId' | 'teams'> & { disabled: boolean };

const idleHours = 12;
/** No renewal goes beyond this. */
const absoluteHours = 7 * 24;

/** Characters of a User-Agent that are kept. */
const mostUserAgent = 300;

declare module 'lucia' {
  interface Register {
    Lucia: Lucia<{ absoluteExpiresAt: Date }, Account>;
    DatabaseSessionAttributes: Pick<
      typeof sessions.$inferSelect,
      'absoluteExpiresAt' | 'address' | 'userAgent'
    > & { confirmedAt?: Date };
    DatabaseUserAttributes: typeof staff.$inferSelect;
  }
}

interface Ticket {
  staffId: string;
  untilMs: number;
  password: string;
}

const ticketContext = 'half-sign-in';
const ticketLifeMs = 5 * 60_000;

export const createStaffSessions = (deps: SecondFactorDeps): StaffSessions => {
  const { db, throttle, sealing } = deps;
  // The adapter asks for drizzle's whole class and uses these four methods of it.
  const adapter = new DrizzlePostgreSQLAdapter(
    db as unknown as ConstructorParameters<typeof DrizzlePostgreSQLAdapter>[0],
    sessions,
    staff,
  );
  const lucia = new Lucia<{ absoluteExpiresAt: Date }, Account>(adapter, {
    sessionExpiresIn: new TimeSpan(idleHours, 'h'),
    getSessionAttributes: ({ absoluteExpiresAt }) => ({ absoluteExpiresAt }),
    getUserAttributes: (row) => ({
      login: row.login,
      name: row.name,
      role: row.role,
      disabled: row.disabledAt !== null,
    }),
  });

  const begin = async (
    person: StaffRow,
    { address, userAgent, before = '' }: SignInOrigin,
    provenAt?: Date,
  ): Promise<NewSession> => {
    const token = newToken();
    await lucia.createSession(
      person.id,
      {
        absoluteExpiresAt: new Date(Date.now() + absoluteHours * 3_600_000),
        address,
        userAgent: userAgent?.slice(0, mostUserAgent) ?? null,
        ...(provenAt !== undefined && { confirmedAt: provenAt }),
      },
      { sessionId: hashToken(token) },
    );
    const holdsForm = await db.transaction(async (tx) => {
      await setStaff(tx, person.id, { lastSignInAt: new Date() });
      await recordAudit(tx, auditOf({ staffId: person.id, address }, 'session.begun'));
      return replaceSession(tx, hashToken(before), hashToken(token));
    });
    return { step: 'done', token, language: person.language, holdsForm };
  };

  /** A password that has changed since makes a ticket worthless. */
  const passwordMark = ({ passwordHash }: StaffRow) => sealing.sign(passwordHash ?? '', ticketContext);
  const ticketFor = (person: StaffRow): string => {
    const ticket: Ticket = {
      staffId: person.id,
      untilMs: Date.now() + ticketLifeMs,
      password: passwordMark(person),
    };
    return sealing.seal(JSON.stringify(ticket), ticketContext);
  };
  const holderOf = async (ticketSealed: string): Promise<StaffRow> => {
    const ticket = openTicket(sealing, ticketSealed);
    const person = ticket && (await findStaff(db, ticket.staffId));
    if (
      ticket === undefined ||
      person === undefined ||
      ticket.untilMs <= Date.now() ||
      person.disabledAt !== null ||
      ticket.password !== passwordMark(person)
    )
      throw new Failure('auth.refused');
    return person;
  };

  const letIn = async (
    person: StaffRow,
    from: SignInOrigin,
    provenAt?: Date,
  ): Promise<NewSession | HalfSignIn> =>
    (await hasSecondFactor(db, person.id))
      ? { step: 'second-factor', ticket: ticketFor(person) }
      : begin(person, from, provenAt);

  return {
    async signIn(login, password, from) {
      const { address } = from;
      const door = `sign-in:${login.toLowerCase()}`;
      const person = await findStaffByLogin(db, login);
      const proven = await noting(
        deps,
        { action: 'session.refused', staffId: person?.id, address },
        async () => {
          await throttle.spend(door, address);
          const matches = await passwordMatches(person?.passwordHash, password);
          if (!matches || person === undefined || person.disabledAt !== null)
            throw new Failure('auth.refused');
          return person;
        },
      );
      await throttle.forgive(door, address);
      return letIn(proven, from);
    },
    async admit(staffId, from, provenAt) {
      const { address } = from;
      const person = await noting(deps, { action: 'session.refused', staffId, address }, async () => {
        const known = await findStaff(db, staffId);
        if (known === undefined || known.disabledAt !== null) throw new Failure('auth.not-admitted');
        return known;
      });
      return letIn(person, from, provenAt);
    },
    async finishSignIn(ticket, code, from) {
      const person = await holderOf(ticket);
      await proveSecondFactor(deps, { staffId: person.id, address: from.address }, code);
      return begin(person, from);
    },
    async whoIs(token) {
      const { session, user } = await lucia.validateSession(hashToken(token));
      if (session === null) return undefined;
      if (user.disabled || session.absoluteExpiresAt <= new Date()) {
        await lucia.invalidateSession(session.id);
        return undefined;
      }
      const { id: staffId, login, name, role } = user;
      return {
        staffId,
        sessionId: session.id,
        login,
        name,
        role,
        teams: await teamScopeOf(db, staffId, role),
      };
    },
    signOut: (token) => lucia.invalidateSession(hashToken(token)),
  };
};

const openTicket = (sealing: Sealing, ticket: string): Ticket | undefined => {
  try {
    return JSON.parse(sealing.open(ticket, ticketContext)) as Ticket;
  } catch {
    return undefined;
  }
};

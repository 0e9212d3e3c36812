import type { Context } from 'hono';
import { z } from 'zod';
import { listPeople, type PersonRow } from '../../../db/queries/people.ts';
import { listTeams } from '../../../db/queries/teams.ts';
import {
  PasswordLinkPage,
  PeoplePage,
  PersonPage,
  personDone,
  type ShownPerson,
} from '../../../web/pages/staff/people.tsx';
import {
  addPerson,
  changePerson,
  inviteAgain,
  loginPattern,
  nextcloudUserPattern,
} from '../../auth/people.ts';
import { removeSecondFactor } from '../../auth/second-factor.ts';
import { Failure } from '../../lib/failure.ts';
import { statusOf } from '../failures.ts';
import { formOf } from '../fields.ts';
import { page, pageContext } from '../pages.tsx';
import type { Portal } from '../portal.ts';
import { ticketDeps } from '../ticket-deps.ts';
import type { Console, StaffEnv } from './env.ts';

const read = { needs: 'people:read' } as const;
const write = { needs: 'people:write', confirm: 'people' } as const;

const personSchema = z.object({
  name: z.string().trim().min(1).max(200),
  email: z.union([z.literal(''), z.email().max(254)]).transform((email) => (email === '' ? null : email)),
  role: z.enum(['administrator', 'staff', 'viewer']),
  nextcloudUser: z
    .string()
    .trim()
    .toLowerCase()
    .refine((user) => user === '' || nextcloudUserPattern.test(user))
    .transform((user) => (user === '' ? null : user))
    .optional(),
  teams: z.array(z.string()),
});
const changedSchema = personSchema.extend({ disabled: z.boolean() });
const newSchema = personSchema.extend({ login: z.string().trim().toLowerCase().regex(loginPattern) });

/** Who may use the console. */
export const addPeoplePages = (app: Console, portal: Portal): void => {
  app.get('/people', read, (c) => showPeople(c, portal));

  app.post('/people', write, (c) =>
    orShow(
      async () => {
        const person = await readPerson(c, newSchema);
        const { staffId, link } = await addPerson(ticketDeps(portal), c.var.actor, person);
        return linkPage(c, portal, staffId, link);
      },
      (failure) => showPeople(c, portal, failure),
    ),
  );

  app.get('/people/:id', read, (c) => showPerson(c, portal, c.req.param('id')));

  app.post('/people/:id', write, (c) => {
    const { id } = c.req.param();
    return orShow(
      async () => {
        await changePerson(portal.db, c.var.actor, id, await readPerson(c, changedSchema));
        return c.redirect(`/staff/people/${id}?done=saved`, 303);
      },
      (failure) => showPerson(c, portal, id, failure),
    );
  });

  app.post('/people/:id/link', write, async (c) => {
    const { id } = c.req.param();
    return linkPage(c, portal, id, await inviteAgain(ticketDeps(portal), c.var.actor, id));
  });

  app.post('/people/:id/second-factor/remove', write, async (c) => {
    const { id } = c.req.param();
    if (!(await removeSecondFactor(portal.db, id, c.var.actor))) throw new Failure('not-found');
    return c.redirect(`/staff/people/${id}?done=second-factor`, 303);
  });
};

const showPeople = async (c: Context<StaffEnv>, portal: Portal, failure?: Failure) => {
  const [people, teams] = await Promise.all([listPeople(portal.db, {}), listTeams(portal.db)]);
  return page(
    c,
    <PeoplePage
      context={pageContext(c, portal)}
      staff={c.var.staff}
      people={people.map(shownPerson)}
      teams={teams}
      failure={failure && { code: failure.code, params: failure.params }}
    />,
    failure === undefined ? 200 : statusOf[failure.code],
  );
};

const showPerson = async (c: Context<StaffEnv>, portal: Portal, staffId: string, failure?: Failure) => {
  const [[row], teams] = await Promise.all([listPeople(portal.db, { staffId }), listTeams(portal.db)]);
  if (row === undefined) throw new Failure('not-found');
  return page(
    c,
    <PersonPage
      context={pageContext(c, portal)}
      staff={c.var.staff}
      person={shownPerson(row)}
      teams={teams}
      done={personDone.find((known) => known === c.req.query('done'))}
      failure={failure && { code: failure.code, params: failure.params }}
    />,
    failure === undefined ? 200 : statusOf[failure.code],
  );
};

const linkPage = async (c: Context<StaffEnv>, portal: Portal, staffId: string, link: string) => {
  const [row] = await listPeople(portal.db, { staffId });
  if (row === undefined) throw new Failure('not-found');
  const { id, name, email } = row.person;
  return page(
    c,
    <PasswordLinkPage
      context={pageContext(c, portal)}
      staff={c.var.staff}
      person={{ id, name }}
      link={link}
      mailed={portal.intake.sendsMail && email !== null && email !== ''}
    />,
  );
};

const shownPerson = ({ person, teams, hasSecondFactor }: PersonRow): ShownPerson => ({
  id: person.id,
  login: person.login,
  name: person.name,
  email: person.email ?? '',
  role: person.role,
  teams,
  lastSignInAt: person.lastSignInAt ?? undefined,
  hasSecondFactor,
  canSignIn: person.passwordHash !== null || signsInElsewhere(person),
  signsInElsewhereOnly: person.passwordHash === null && signsInElsewhere(person),
  nextcloudUser: person.nextcloudUser ?? '',
  disabled: person.disabledAt !== null,
});

const signsInElsewhere = ({ providerSubject, nextcloudUser }: PersonRow['person']): boolean =>
  providerSubject !== null || nextcloudUser !== null;

/** @throws Failure `input.invalid` */
const readPerson = async <T,>(c: Context, schema: z.ZodType<T>): Promise<T> => {
  const form = await formOf(c);
  const given = schema.safeParse({
    ...Object.fromEntries(form),
    teams: form.getAll('teams'),
    disabled: form.has('disabled'),
  });
  if (!given.success) throw new Failure('input.invalid', { cause: given.error });
  return given.data;
};

/** What is refused, or the page again that says why. */
export const orShow = async (
  change: () => Promise<Response>,
  show: (failure: Failure) => Promise<Response>,
): Promise<Response> => {
  try {
    return await change();
  } catch (error) {
    if (!(error instanceof Failure) || error.code === 'not-found') throw error;
    return show(error);
  }
};

import type { Context } from 'hono';
import { z } from 'zod';
import { listPeople } from '../../../db/queries/people.ts';
import { isTeamInUse, listTeams } from '../../../db/queries/teams.ts';
import { TeamsPage } from '../../../web/pages/staff/teams.tsx';
import { addTeam, changeTeam, removeTeam } from '../../auth/teams.ts';
import type { Failure } from '../../lib/failure.ts';
import { statusOf } from '../failures.ts';
import { formOf } from '../fields.ts';
import { page, pageContext } from '../pages.tsx';
import type { Portal } from '../portal.ts';
import type { Console, StaffEnv } from './env.ts';
import { orShow } from './people.tsx';
import { readForm } from './read-form.ts';

const write = { needs: 'people:write' } as const;
const nameSchema = z.object({ name: z.string().trim().min(1).max(200) });

/** Teams, to which requests belong. */
export const addTeamPages = (app: Console, portal: Portal): void => {
  const { db } = portal;
  const changing = (c: Context<StaffEnv>, change: () => Promise<unknown>) =>
    orShow(
      async () => {
        await change();
        return c.redirect('/staff/teams?done=yes', 303);
      },
      (failure) => showTeams(c, portal, failure),
    );

  app.get('/teams', { needs: 'people:read' }, (c) => showTeams(c, portal));

  app.post('/teams', write, (c) =>
    changing(c, async () => addTeam(db, c.var.actor, (await readForm(c, nameSchema)).name)),
  );

  app.post('/teams/:id', write, (c) =>
    changing(c, async () => changeTeam(db, c.var.actor, c.req.param('id'), await readForm(c, nameSchema))),
  );

  app.post('/teams/:id/members', write, (c) =>
    changing(c, async () => {
      const form = await formOf(c);
      const [members, membersAmong] = [idsIn(form, 'members'), idsIn(form, 'listed')];
      await changeTeam(db, c.var.actor, c.req.param('id'), { members, membersAmong });
    }),
  );

  app.post('/teams/:id/remove', write, (c) =>
    changing(c, () => removeTeam(db, c.var.actor, c.req.param('id'))),
  );
};

const idsIn = (form: FormData, field: string): string[] =>
  form.getAll(field).filter((value) => typeof value === 'string');

const showTeams = async (c: Context<StaffEnv>, portal: Portal, failure?: Failure) => {
  const [teams, people] = await Promise.all([listTeams(portal.db), listPeople(portal.db, {})]);
  return page(
    c,
    <TeamsPage
      context={pageContext(c, portal)}
      staff={c.var.staff}
      teams={
        await Promise.all(
          teams.map(async ({ id, name }) => ({
            id,
            name,
            memberIds: people.flatMap(({ person, teams: of }) =>
              of.some((team) => team.id === id) ? [person.id] : [],
            ),
            isInUse: await isTeamInUse(portal.db, id),
          })),
        )
      }
      people={people
        .map(({ person }) => ({
          id: person.id,
          name: person.name,
          login: person.login,
          disabled: person.disabledAt !== null,
        }))
        .sort((a, b) => a.name.localeCompare(b.name))}
      done={c.req.query('done') !== undefined}
      failure={failure && { code: failure.code, params: failure.params }}
    />,
    failure === undefined ? 200 : statusOf[failure.code],
  );
};

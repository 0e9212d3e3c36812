import { createRoute, z } from '@hono/zod-openapi';
import { listPeople, type PersonRow } from '../../../db/queries/people.ts';
import {
  addPerson,
  changePerson,
  inviteAgain,
  loginPattern,
  nextcloudUserPattern,
} from '../../auth/people.ts';
import { removeSecondFactor } from '../../auth/second-factor.ts';
import { Failure } from '../../lib/failure.ts';
import { pageOf } from '../../lib/pages.ts';
import type { Portal } from '../portal.ts';
import { ticketDeps } from '../ticket-deps.ts';
import type { Api } from './guarded.ts';
import { idParam, json, next, pageQuery, problem } from './schemas.ts';

const roleSchema = z.enum(['administrator', 'staff', 'viewer']);

const personSchema = z
  .object({
    id: z.string(),
    login: z.string(),
    name: z.string(),
    email: z.string().nullable(),
    role: roleSchema,
    nextcloudUser: z.string().nullable().openapi({
      description: 'Whoever signs in with it at Nextcloud signs in as this person.',
    }),
    teams: z.array(z.object({ id: z.string(), name: z.string() })),
    lastSignInAt: z.iso.datetime().nullable(),
    hasSecondFactor: z.boolean(),
    hasPassword: z.boolean(),
    disabled: z.boolean(),
    createdAt: z.iso.datetime(),
  })
  .openapi('Person');

const fields = {
  name: z.string().trim().min(1).max(200),
  email: z.email().max(254).nullable(),
  role: roleSchema,
  nextcloudUser: z
    .string()
    .toLowerCase()
    .regex(nextcloudUserPattern)
    .nullable()
    .openapi({ description: 'As Nextcloud itself calls the account: no address, no display name.' }),
  teams: z.array(z.string()).max(1000).openapi({ description: 'Ids of teams.' }),
};

const newSchema = z.object({
  login: z.string().regex(loginPattern),
  ...fields,
  email: fields.email.default(null),
  nextcloudUser: fields.nextcloudUser.default(null),
  teams: fields.teams.optional().openapi({ description: 'Ids of teams. Left out: the oldest.' }),
});
const changeSchema = z.object({ ...fields, disabled: z.boolean() }).partial();

const linkSchema = z
  .object({
    link: z.url().openapi({ description: 'Sets a password, once, for three days. Told only here.' }),
  })
  .openapi('PasswordLink');

const body = <T extends z.ZodType>(schema: T) => ({
  body: { required: true, content: { 'application/json': { schema } } },
});

const routes = {
  list: createRoute({
    method: 'get',
    path: '/people',
    summary: 'List who may use the console, the newest first',
    request: { query: z.object(pageQuery) },
    responses: { 200: json(z.object({ people: z.array(personSchema), next }), 'People'), default: problem },
  }),
  show: createRoute({
    method: 'get',
    path: '/people/{id}',
    summary: 'Show one person',
    request: { params: idParam },
    responses: { 200: json(personSchema, 'The person'), default: problem },
  }),
  add: createRoute({
    method: 'post',
    path: '/people',
    summary: 'Add somebody, who sets a password by a link',
    request: body(newSchema),
    responses: {
      201: json(linkSchema.extend({ person: personSchema }).openapi('AddedPerson'), 'Added'),
      default: problem,
    },
  }),
  change: createRoute({
    method: 'patch',
    path: '/people/{id}',
    summary: 'Change a person; who is disabled is out at once, and their API tokens are revoked',
    request: { params: idParam, ...body(changeSchema) },
    responses: { 200: json(personSchema, 'The person'), default: problem },
  }),
  link: createRoute({
    method: 'post',
    path: '/people/{id}/link',
    summary: 'Make a new link to set a password; those from before stop working',
    request: { params: idParam },
    responses: { 201: json(linkSchema, 'The link'), default: problem },
  }),
  removeSecondFactor: createRoute({
    method: 'delete',
    path: '/people/{id}/second-factor',
    summary: 'Remove the second factor of a person, and end every session of theirs',
    request: { params: idParam },
    responses: { 204: { description: 'Removed' }, default: problem },
  }),
};

/** Who may use the console. */
export const addPeopleRoutes = ({ add }: Api, portal: Portal): void => {
  const { db } = portal;
  const describePerson = async (staffId: string) => {
    const [row] = await listPeople(db, { staffId });
    if (row === undefined) throw new Failure('not-found');
    return described(row);
  };

  add({ needs: 'people:read' }, routes.list, async (c) => {
    const page = await pageOf(c.req.valid('query'), /^stf_[0-9a-f]+$/, (stretch) =>
      listPeople(db, {}, stretch),
    );
    return c.json({ people: page.rows.map(described), next: page.next ?? null }, 200);
  });
  add({ needs: 'people:read' }, routes.show, async (c) =>
    c.json(await describePerson(c.req.valid('param').id), 200),
  );
  add({ needs: 'people:write' }, routes.add, async (c) => {
    const { staffId, link } = await addPerson(ticketDeps(portal), c.var.actor, c.req.valid('json'));
    return c.json({ person: await describePerson(staffId), link }, 201);
  });
  add({ needs: 'people:write' }, routes.change, async (c) => {
    const { id } = c.req.valid('param');
    await changePerson(db, c.var.actor, id, c.req.valid('json'));
    return c.json(await describePerson(id), 200);
  });
  add({ needs: 'people:write' }, routes.link, async (c) => {
    const link = await inviteAgain(ticketDeps(portal), c.var.actor, c.req.valid('param').id);
    return c.json({ link }, 201);
  });
  add({ needs: 'people:write' }, routes.removeSecondFactor, async (c) => {
    if (!(await removeSecondFactor(db, c.req.valid('param').id, c.var.actor))) throw new Failure('not-found');
    return c.body(null, 204);
  });
};

const described = ({ person, teams, hasSecondFactor }: PersonRow): z.infer<typeof personSchema> => ({
  id: person.id,
  login: person.login,
  name: person.name,
  email: person.email,
  role: person.role,
  nextcloudUser: person.nextcloudUser,
  teams,
  lastSignInAt: person.lastSignInAt?.toISOString() ?? null,
  hasSecondFactor,
  hasPassword: person.passwordHash !== null,
  disabled: person.disabledAt !== null,
  createdAt: person.createdAt.toISOString(),
});

import type { Context } from 'hono';
import { destinationsByAge } from '../../../db/queries/destinations.ts';
import { TemplatesPage } from '../../../web/pages/staff/templates.tsx';
import { rightsOf } from '../../auth/rights.ts';
import { templateNameSchema } from '../../intake/rules/new-request.ts';
import {
  changeTemplate,
  openFromTemplate,
  removeTemplate,
  saveRequestAsTemplate,
  templateOf,
  templatesOf,
} from '../../intake/templates.ts';
import { Failure } from '../../lib/failure.ts';
import { statusOf } from '../failures.ts';
import { fieldsOf } from '../fields.ts';
import { page, pageContext } from '../pages.tsx';
import type { Portal } from '../portal.ts';
import type { Console, StaffEnv } from './env.ts';
import { changeOf, filledForm } from './filled.ts';
import { answerForm, formPage } from './request-forms.tsx';

const writes = { needs: 'requests:write', of: 'template' } as const;

/** Templates: listed, used, renamed, deleted, and saved from a request. @param requestPage shows what was refused */
export const addTemplatePages = (
  desk: Console,
  portal: Portal,
  requestPage: (c: Context<StaffEnv>, requestId: string, failure: Failure) => Response | Promise<Response>,
): void => {
  const { intake } = portal;

  const templatesPage = async (c: Context<StaffEnv>, failure?: Failure) =>
    page(
      c,
      <TemplatesPage
        context={{ ...pageContext(c, portal), path: '/staff/templates' }}
        staff={c.var.staff}
        templates={(await templatesOf(intake, c.var.actor)).map(({ id, name, content }) => ({
          id,
          name,
          title: content.title,
        }))}
        mayChange={rightsOf(c.var.staff.role).includes('requests:write')}
        failure={failure && { code: failure.code, params: failure.params }}
      />,
      failure === undefined ? 200 : statusOf[failure.code],
    );

  desk.get('/templates', { needs: 'requests:read' }, (c) => templatesPage(c));

  desk.get('/templates/:id/new', writes, async (c) => {
    const template = await templateOf(intake, c.req.param('id'));
    const content = { ...template.content, team: template.team };
    const values = filledForm(content, await destinationsByAge(portal.db));
    return formPage(c, portal, { template, values });
  });

  desk.post('/templates/:id/new', writes, async (c) => {
    const template = await templateOf(intake, c.req.param('id'));
    return answerForm(c, portal, {
      template,
      content: template.content,
      // What the form does not show is as the template has it.
      open: ({ items, ...request }, values, as) =>
        openFromTemplate(
          intake,
          template.id,
          { ...changeOf({ ...request, items }, values), items, account: request.account },
          c.var.actor,
          as,
        ),
    });
  });

  desk.post('/templates/:id', writes, async (c) => {
    try {
      await changeTemplate(intake, c.req.param('id'), { name: nameOf(await fieldsOf(c)) }, c.var.actor);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return templatesPage(c, error);
    }
    return c.redirect('/staff/templates', 303);
  });

  desk.post('/templates/:id/remove', writes, async (c) => {
    await removeTemplate(intake, c.req.param('id'), c.var.actor);
    return c.redirect('/staff/templates', 303);
  });

  desk.post('/requests/:id/template', { needs: 'requests:write', of: 'request' }, async (c) => {
    const requestId = c.req.param('id');
    try {
      await saveRequestAsTemplate(intake, requestId, nameOf(await fieldsOf(c)), c.var.actor);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return requestPage(c, requestId, error);
    }
    return c.redirect('/staff/templates', 303);
  });
};

/** @throws Failure `input.invalid` */
const nameOf = ({ name }: Record<string, unknown>): string => {
  const parsed = templateNameSchema.safeParse(name);
  if (!parsed.success) throw new Failure('input.invalid', { params: { field: 'name' } });
  return parsed.data;
};

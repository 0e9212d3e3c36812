import type { Context } from 'hono';
import { listAudit } from '../../../db/queries/audit.ts';
import { destinationsByAge } from '../../../db/queries/destinations.ts';
import { findOwnAccount } from '../../../db/queries/own-accounts.ts';
import { formsOf } from '../../../db/queries/request-forms.ts';
import { findRequest } from '../../../db/queries/requests.ts';
import { PreviewPage } from '../../../web/pages/public/request.tsx';
import type { Meanwhile } from '../../../web/pages/staff/meanwhile.tsx';
import { NewRequestPage } from '../../../web/pages/staff/new-request.tsx';
import {
  emptyNewRequest,
  type NewRequestErrors,
  type NewRequestValues,
  readNewRequest,
  redrawOf,
} from '../../../web/pages/staff/new-request-form.ts';
import { titleOf } from '../../importer/ledger/kinds.ts';
import { changeRequest, mayChange } from '../../intake/change-request.ts';
import { openOnce } from '../../intake/open-once.ts';
import { type OpenAs, openRequest, teamsOpenTo } from '../../intake/open-request.ts';
import { contentOf } from '../../intake/request-content.ts';
import { passwordRulesFor } from '../../intake/request-password.ts';
import type { ParsedNewRequest } from '../../intake/rules/new-request.ts';
import { saveTemplate } from '../../intake/templates.ts';
import { Failure } from '../../lib/failure.ts';
import { newToken } from '../../lib/ids.ts';
import { within } from '../../lib/within.ts';
import { statusOf } from '../failures.ts';
import { formOf } from '../fields.ts';
import { languageOf } from '../language.ts';
import { page, pageContext } from '../pages.tsx';
import type { Portal } from '../portal.ts';
import { futureRequest } from '../public/request-page.tsx';
import { asFailure } from '../replies.ts';
import type { Console, StaffEnv } from './env.ts';
import { asNew, changeOf, filledForm } from './filled.ts';
import { keepPassword } from './kept-password.ts';
import { meetingOf, printIn, printOf } from './meanwhile.ts';
import { type KeptSettings, parseNewRequestForm } from './new-request.ts';

/** The form of a request, to open one and to change one. */
export const addRequestForms = (desk: Console, portal: Portal): void => {
  const { intake, db } = portal;

  desk.get('/requests/new', { needs: 'requests:write' }, async (c) => {
    const [first] = await destinationsByAge(db);
    return formPage(c, portal, {
      isUntouched: true,
      values: emptyNewRequest(portal.zone, first === undefined ? [] : [first.id]),
    });
  });

  desk.post('/requests/new', { needs: 'requests:write' }, (c) =>
    answerForm(c, portal, { open: (request, _, as) => openRequest(intake, request, c.var.actor, as) }),
  );

  const duplicates = { needs: 'requests:write', of: 'request' } as const;

  const duplicated = async (requestId: string) => {
    const request = await findRequest(db, requestId);
    if (request === undefined) throw new Failure('not-found');
    return request;
  };

  desk.get('/requests/:id/duplicate', duplicates, async (c) => {
    const request = await duplicated(c.req.param('id'));
    const values = asNew(filledForm(await contentOf(db, request), await destinationsByAge(db)));
    return formPage(c, portal, { like: request, values });
  });

  desk.post('/requests/:id/duplicate', duplicates, async (c) => {
    const request = await duplicated(c.req.param('id'));
    const content = { ...(await contentOf(db, request)), deadline: null };
    return answerForm(c, portal, {
      like: request,
      content,
      open: (asked, _, as) =>
        openRequest(intake, { ...asked, team: asked.team ?? request.teamId }, c.var.actor, {
          ...as,
          formsOf: request.id,
        }),
    });
  });

  /** @throws Failure `request.wrong-state` */
  const changeable = async (requestId: string) => {
    const request = await findRequest(db, requestId);
    if (request === undefined) throw new Failure('not-found');
    if (!mayChange(request)) throw new Failure('request.wrong-state');
    const changing = { id: requestId, hasPassword: request.passwordHash !== null };
    return { changing, content: await contentOf(db, request) };
  };

  const lastChanger = async (requestId: string): Promise<string | undefined> => {
    const asked = { subject: requestId, action: 'request.changed' } as const;
    const [last] = await listAudit(db, asked, { limit: 1 });
    return last?.actorName ?? undefined;
  };

  const changes = { needs: 'requests:write', of: 'request' } as const;

  desk.get('/requests/:id/change', changes, async (c) => {
    const { changing, content } = await changeable(c.req.param('id'));
    const values = filledForm(content, await destinationsByAge(db));
    return formPage(c, portal, { changing, values, print: printOf(values) });
  });

  desk.post('/requests/:id/change', changes, async (c) => {
    const { changing, content } = await changeable(c.req.param('id'));
    const { values: typed, action, lost, print } = await readForm(c, portal);
    const redraw = redrawOf(action);
    if (redraw !== undefined)
      return formPage(c, portal, { changing, values: typed, print, ...redraw, errors: lost });
    const known = await choicesOf(c, portal);
    const now = filledForm(content, known.destinations);
    const { values, both } = meetingOf(typed, { print, now });
    const shown = { changing, values, print: printOf(now) };
    if (both.length > 0 && action !== 'preview')
      return formPage(c, portal, {
        ...shown,
        meanwhile: { by: await lastChanger(changing.id), fields: both, now },
      });
    const { request, errors } = parseNewRequestForm(values, known, new Date(), content);
    if (errors !== undefined || lost !== undefined)
      return formPage(c, portal, { ...shown, errors: { ...errors, ...lost } });
    if (action === 'preview') return previewPage(c, portal, request, changing.id);
    try {
      const from = { from: content };
      await changeRequest(intake, changing.id, changeOf(request, values), c.var.actor, from);
      return c.redirect(`/staff/requests/${changing.id}`, 303);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return formPage(c, portal, { ...shown, error });
    }
  });
};

/**
 * Answers the form of a new request: opens it, saves a template of it, or shows it again.
 * @param from `content` is what it was filled in from: what the form does not show stays as it is there
 */
export const answerForm = async (
  c: Context<StaffEnv>,
  portal: Portal,
  { open, content, ...from }: FilledFrom & { content?: KeptSettings; open: Open },
) => {
  const { values, action, lost, requestId: id } = await readForm(c, portal);
  const shown = { values, ...from };
  const redraw = redrawOf(action);
  if (redraw !== undefined) return formPage(c, portal, { ...shown, ...redraw, errors: lost });
  const kept = action === 'save-template' ? { ...values, deadline: '', password: '' } : values;
  const known = await choicesOf(c, portal);
  if (known.teams.length === 0)
    return formPage(c, portal, { ...shown, errors: { team: { problem: 'required' } } });
  const { request, errors } = parseNewRequestForm(kept, known, new Date(), content);
  if (errors !== undefined || (lost !== undefined && action !== 'save-template'))
    return formPage(c, portal, { ...shown, errors: { ...errors, ...lost } });
  if (action === 'preview') return previewPage(c, portal, request, from.like?.id);
  try {
    if (action === 'save-template') {
      const { title: name, team, deadline: _, password: __, folder: ___, ...content } = request;
      await saveTemplate(portal.intake, { team, name, content: { title: name, ...content } }, c.var.actor);
      return c.redirect('/staff/templates', 303);
    }
    const { requestId } =
      id === undefined
        ? await open(request, values, {})
        : await openOnce(portal.db, id, (id) => open(request, values, { id }));
    return c.redirect(`/staff/requests/${requestId}`, 303);
  } catch (error) {
    portal.log.error({ err: error }, 'a request could not be opened');
    return formPage(c, portal, { ...shown, error });
  }
};

/**
 * What was posted, with the password that was typed before. `lost`: it was, and is not known any more. `requestId`: of the one
 * that it opens, the same for the same form with the same in it.
 */
const readForm = async (c: Context<StaffEnv>, { sealing }: Portal) => {
  const form = await formOf(c);
  const { values: posted, action } = readNewRequest(form);
  const { values, isLost } = keepPassword(sealing, c.var.staff.sessionId, posted, Date.now());
  const lost: NewRequestErrors | undefined = isLost ? { password: { problem: 'password-lost' } } : undefined;
  // Signed, so that nobody chooses an id.
  const sent = JSON.stringify([c.var.staff.staffId, c.req.path, ...form.entries()]);
  const signed = Buffer.from(sealing.sign(sent, 'new-request'), 'base64url').toString('hex');
  return {
    values,
    action,
    lost,
    print: printIn(form),
    ...(values.formKey !== '' && { requestId: `req_${signed.slice(0, 32)}` }),
  };
};

/** What the form says, as submitters would see it. @param requestId the one whose blank forms it would have */
const previewPage = async (
  c: Context<StaffEnv>,
  portal: Portal,
  content: ParsedNewRequest,
  requestId?: string,
) => {
  const forms = requestId === undefined ? [] : await formsOf(portal.db, requestId);
  const context = pageContext(c, portal);
  const language = languageOf(c, content.languages);
  return page(
    c,
    <PreviewPage
      // What was posted comes back from no address: so the page is in one language.
      context={{ ...context, language, languages: [language], zone: content.deadlineZone }}
      request={futureRequest(portal.intake, content, forms)}
      formPathOf={(id) => `/staff/requests/${requestId}/forms/${encodeURIComponent(id)}`}
    />,
  );
};

/** The page waits no longer to hear what its Nextcloud asks of passwords. */
const patienceMs = 1000;

const rulesFor = async ({ intake, db }: Portal, changing: string | undefined) => {
  const request = changing === undefined ? undefined : await findRequest(db, changing);
  return passwordRulesFor(intake, request?.accountId ?? (await intake.portalAccount()).accountId);
};

/** What is wrong is also said at its field. */
const errorsOf = (failure: Failure | undefined): NewRequestErrors => {
  if (failure?.code === 'request.password-required') return { password: { problem: 'required' } };
  return failure?.code === 'request.password-weak' ? { password: { problem: 'invalid' } } : {};
};

/** What a new request's form was filled in from. */
interface FilledFrom {
  template?: { id: string; name: string };
  /** Another request. */
  like?: { id: string; title: string };
}

type Open = (
  request: ParsedNewRequest,
  values: NewRequestValues,
  as: Pick<OpenAs, 'id'>,
) => Promise<{ requestId: string }>;

const choicesOf = async (c: Context<StaffEnv>, { db }: Portal) => {
  const [destinations, teams] = await Promise.all([destinationsByAge(db), teamsOpenTo(db, c.var.actor)]);
  return { destinations, teams };
};

export const formPage = async (
  c: Context<StaffEnv>,
  portal: Portal,
  given: FilledFrom & {
    values: NewRequestValues;
    changing?: { id: string; hasPassword: boolean };
    errors?: NewRequestErrors | undefined;
    error?: unknown;
    isUntouched?: boolean;
    /** Rows of which there are more than before. */
    opened?: 'item' | 'question' | undefined;
    /** What the form was filled in from. */
    print?: string;
    /** What somebody else has changed too since then. */
    meanwhile?: Meanwhile;
  },
) => {
  const [{ destinations, teams }, own] = await Promise.all([
    choicesOf(c, portal),
    findOwnAccount(portal.db, c.var.staff.staffId),
  ]);
  const rules = await within(patienceMs, rulesFor(portal, given.changing?.id)).catch(() => undefined);
  const failure = given.error === undefined ? undefined : asFailure(given.error);
  const refused = given.errors === undefined ? 200 : 422;
  const asTyped = given.meanwhile === undefined ? refused : 409;
  const status = failure === undefined ? asTyped : statusOf[failure.code];
  return page(
    c,
    <NewRequestPage
      context={pageContext(c, portal)}
      staff={c.var.staff}
      destinations={destinations.map(({ id, name, kind }) => ({
        id,
        name,
        kindTitle: titleOf(portal.desk.modules, kind),
      }))}
      teams={teams.map(({ id, name }) => ({ id, name }))}
      zones={Intl.supportedValuesOf('timeZone')}
      {...(given.changing !== undefined && { changing: given.changing })}
      {...(given.changing === undefined && own?.revoked === false && { ownAccount: own.user })}
      {...(given.template !== undefined && { template: given.template })}
      {...(given.like !== undefined && { like: { id: given.like.id, title: given.like.title } })}
      values={{ ...given.values, formKey: given.values.formKey === '' ? newToken() : given.values.formKey }}
      errors={given.errors ?? errorsOf(failure)}
      isUntouched={given.isUntouched}
      opened={given.opened}
      passwordRules={rules}
      print={given.print}
      meanwhile={given.meanwhile}
      failure={failure && { code: failure.code, params: failure.params }}
    />,
    status,
  );
};

import type { RequestField } from '../../../db/schema/requests.ts';
import type { FailureCode } from '../../../server/lib/failure.ts';
import { Alert, JsonBlock, Moment, WithMoment } from '../../components/common.tsx';
import { FormList, type ShownForm } from '../../components/form-list.tsx';
import { Markdown } from '../../components/markdown.tsx';
import { ruleLines } from '../../components/rule-lines.ts';
import { SendForm } from '../../components/send/form.tsx';
import { failureInput, PlainForm, plainFormId, ReturnedNote } from '../../components/send/plain-form.tsx';
import type { Returned } from '../../components/send/returned.ts';
import {
  deadlineId,
  forgetId,
  type SendSetup,
  type Supplement,
  sendRootId,
  sendSetupId,
} from '../../components/send/setup.ts';
import { ForgetForm, Forgotten, type SentItem, SentList } from '../../components/sent-list.tsx';
import { formatDistance, messagesFor } from '../../i18n/index.ts';
import type { ChecklistSlot, Rules } from '../../sending/rules.ts';
import type { Unfinished } from '../../sending/status.ts';
import { firstView } from '../../sending/view.ts';
import type { PageContext } from '../context.ts';
import { Layout } from '../layout.tsx';

export type { Returned, SentItem, Supplement };
export { failureInput };

export interface RequestPageProps {
  context: PageContext;
  /** The link's token, as it stands in this page's own address. */
  token: string;
  request: PublicRequest;
  /** From this browser. */
  sent?: SentItem[];
  /** What is sent now adds to one of those. */
  supplement?: Supplement | undefined;
  returned?: Returned | undefined;
  /** This browser has just been told to. */
  forgotten?: boolean;
}

/** The page as staff look at it: nothing on it can be sent, and no link is needed. */
export interface PreviewPageProps {
  context: PageContext;
  request: PublicRequest;
  /** The request's page in the console; undefined: it is not saved, and its form waits in another tab. */
  back?: string;
  formPathOf: (id: string) => string;
}

export interface PublicRequest {
  title: string;
  /** Markdown; lines are kept. */
  instructions: string;
  /** `zone`: IANA name. `graceUntil`: until then files are taken, and marked late. */
  deadline?: { at: Date; zone: string; graceUntil?: Date };
  fields: RequestField[];
  /** Blank forms to fetch. */
  forms: ShownForm[];
  checklist: ChecklistSlot[];
  rules: Rules;
  /** What this browser began and did not finish. */
  unfinished?: PublicUnfinished;
  /** Whether whoever gives an address is sent a mail: promised only where mail is set up. */
  mailsReceipt: boolean;
}

export interface PublicUnfinished extends Omit<Unfinished, 'begun'> {
  begunAt: Date;
  /** Where its receipt will be. */
  receiptPath: string;
  /** After so long without a byte it is ended as it is. */
  idleHours: number;
}

/** What people behind a link see: what is asked for, until when, and the form that sends it. */
export const RequestPage = (props: RequestPageProps) => {
  const { context, token, request, sent = [], supplement, returned, forgotten = false } = props;
  const t = messagesFor(context.language);
  const setup = { ...sendSetup(context, token, request), supplement };
  const { unfinished } = request;
  const adding = supplement === undefined ? '' : `?add=${supplement.submissionId}`;
  const forgetPath = `/r/${encodeURIComponent(token)}/forget`;
  return (
    <Layout
      context={context}
      title={request.title}
      scripts={['send']}
      languageForm={
        unfinished?.isLate === true
          ? undefined
          : { id: plainFormId, path: `/r/${encodeURIComponent(token)}/language${adding}` }
      }
    >
      <h1>{request.title}</h1>
      {forgotten && <Forgotten context={context} />}
      {returned !== undefined && (
        <noscript>
          <ReturnedNote setup={setup} returned={returned} />
        </noscript>
      )}
      <Markdown text={request.instructions} />
      <Conditions context={context} request={request} />
      {supplement === undefined && (
        <SentList context={context} sent={sent} forgetPath={forgetPath} unfinished={unfinished} />
      )}
      <Forms
        context={context}
        pathOf={(id) => `/r/${encodeURIComponent(token)}/forms/${encodeURIComponent(id)}`}
        forms={request.forms}
      />
      <noscript>
        <PlainForm
          setup={setup}
          words={t.public.plain}
          path={plainPath(token, adding)}
          unfinishedPath={unfinished && plainPath(token, `/${unfinished.submissionId}`)}
          returned={returned}
        />
      </noscript>
      <JsonBlock id={sendSetupId} value={setup} />
      <div id={sendRootId} class="needs-script">
        <SendForm setup={setup} view={firstView} />
      </div>
      {unfinished === undefined && (supplement !== undefined || sent.length === 0) && (
        <template id={forgetId}>
          <ForgetForm context={context} path={forgetPath} hasSent unfinished={undefined} />
        </template>
      )}
      {unfinished !== undefined && sent.length === 0 && (
        <ForgetForm context={context} path={forgetPath} unfinished={unfinished} />
      )}
    </Layout>
  );
};

/** What people behind the link see, with a line above it that says what this is. */
export const PreviewPage = ({ context, request, back, formPathOf }: PreviewPageProps) => {
  const t = messagesFor(context.language);
  return (
    <Layout context={context} title={request.title}>
      <Alert kind="information">
        <p>
          {back === undefined ? (
            t.staff.request.previewUnsaved
          ) : (
            <>
              {t.staff.request.previewText} <a href={back}>{t.staff.request.previewBack}</a>
            </>
          )}
        </p>
      </Alert>
      <h1>{request.title}</h1>
      <Markdown text={request.instructions} />
      <Conditions context={context} request={request} />
      <Forms context={context} pathOf={formPathOf} forms={request.forms} />
      <fieldset disabled>
        <legend class="visually-hidden">{t.staff.request.preview}</legend>
        <SendForm setup={sendSetup(context, '', request)} view={firstView} />
      </fieldset>
    </Layout>
  );
};

const plainPath = (token: string, rest = ''): string => `/r/${encodeURIComponent(token)}/send${rest}`;

/** The only things that can be fetched through a link. */
const Forms = ({
  context,
  pathOf,
  forms,
}: {
  context: PageContext;
  pathOf: (id: string) => string;
  forms: PublicRequest['forms'];
}) => {
  const t = messagesFor(context.language).public;
  if (forms.length === 0) return null;
  return (
    <section class="forms" aria-labelledby="forms-title">
      <h2 id="forms-title">{t.forms}</h2>
      <p class="hint">{t.formsHint}</p>
      <FormList language={context.language} forms={forms} pathOf={pathOf} />
    </section>
  );
};

const Conditions = ({ context, request }: Pick<RequestPageProps, 'context' | 'request'>) => {
  const { language, now } = context;
  const t = messagesFor(language).public;
  const rules = ruleLines(language, request.rules);
  const { deadline } = request;
  return (
    <section class="conditions">
      <dl class="facts">
        {deadline !== undefined && (
          <div>
            <dt>{t.deadline}</dt>
            <dd id={deadlineId}>
              <p>
                <strong>
                  <Moment language={language} at={deadline.at} zone={deadline.zone} />
                </strong>{' '}
                <span class="quiet" data-distance>
                  ({formatDistance(language, deadline.at, now)})
                </span>
              </p>
              {deadline.graceUntil !== undefined && (
                <p class="hint">
                  <WithMoment
                    words={(until) => t.grace({ until })}
                    language={language}
                    at={deadline.graceUntil}
                    zone={deadline.zone}
                  />
                </p>
              )}
            </dd>
          </div>
        )}
        {rules.length > 0 && (
          <div>
            <dt>{t.rules.title}</dt>
            <dd>
              <ul class="rules">
                {rules.map((rule) => (
                  <li key={rule}>{rule}</li>
                ))}
              </ul>
            </dd>
          </div>
        )}
      </dl>
      <p class="hint">{t.uploadOnly}</p>
    </section>
  );
};

/** Failures that may reach the island as a bare code or a bare status, without words. */
const embeddedFailures = [
  'auth.refused',
  'auth.required',
  'auth.throttled',
  'input.too-large',
  'nextcloud.out-of-space',
  'nextcloud.rejected',
  'nextcloud.unreachable',
  'nextcloud.failed',
  'not-found',
  'request.closed',
  'request.intake-stopped',
  'submission.changed',
  'submission.items-missing',
  'submission.sealed',
  'submission.unfinished',
  'upload.checksum-mismatch',
  'upload.content-other',
  'upload.integrity',
  'upload.length-invalid',
  'upload.longer-than-said',
  'upload.lost',
  'upload.too-large',
  'internal',
] as const satisfies readonly FailureCode[];

const sendSetup = (context: PageContext, token: string, request: PublicRequest): SendSetup => {
  const t = messagesFor(context.language);
  return {
    language: context.language,
    messages: t.send,
    marks: { required: t.layout.required, optional: t.layout.optional },
    submissionsPath: `/r/${encodeURIComponent(token)}/submissions`,
    submissionPath: '/submissions',
    uploadsPath: '/uploads',
    verifyPath: '/verify',
    backgroundScript: context.assets.scripts.background,
    fields: request.fields,
    unfinished: shownUnfinished(context, request),
    rules: request.rules,
    checklist: request.checklist.map((slot) => ({
      ...slot,
      ruleLines: ruleLines(context.language, slot.rules),
    })),
    mailsReceipt: request.mailsReceipt,
    failureWords: Object.fromEntries(embeddedFailures.map((code) => [code, t.failure[code]({})])),
  };
};

const shownUnfinished = (
  { zone }: PageContext,
  { unfinished, deadline }: PublicRequest,
): Unfinished | undefined => {
  if (unfinished === undefined) return undefined;
  const { begunAt, receiptPath: _, idleHours: __, ...shown } = unfinished;
  return { ...shown, begun: { at: begunAt.toISOString(), zone: deadline?.zone ?? zone } };
};

import type { Context } from 'hono';
import { arrivedTogether, checklistOf } from '../../../db/queries/checklist.ts';
import { formsOf } from '../../../db/queries/request-forms.ts';
import {
  type PublicRequest,
  type PublicUnfinished,
  RequestPage,
  type Returned,
  type Supplement,
} from '../../../web/pages/public/request.tsx';
import { bytesLeft } from '../../intake/admit.ts';
import { settingsOf } from '../../intake/request-content.ts';
import { missingItems } from '../../intake/rules/checklist.ts';
import type { ParsedNewRequest } from '../../intake/rules/new-request.ts';
import type { OpenLink } from '../../intake/submit.ts';
import { statusOf } from '../failures.ts';
import { page, pageContext } from '../pages.tsx';
import type { Portal } from '../portal.ts';
import { closedPage, passwordPage } from './gate.tsx';
import { hasShownPassword } from './password.ts';
import { sendingsOf } from './sent.ts';
import { shownSendings, supplementTo } from './shown-sendings.ts';
import { unfinishedOf } from './unfinished.ts';

interface Shown {
  /** Of the link. */
  token: string;
  /** This browser has just been told to. */
  forgotten?: boolean;
  /** What a form without a script brought back. */
  returned?: Returned;
}

/** What is behind a link, for whoever follows it: the request's page, or the one that stands before or instead of it. */
export const showRequest = async (c: Context, portal: Portal, open: OpenLink, shown: Shown) => {
  const { token, forgotten = false, returned } = shown;
  const mayKnow = hasShownPassword(c, portal, open);
  const sendings = mayKnow ? await sendingsOf(c, portal, open.link.id) : [];
  const supplement = supplementTo(open, sendings, c.req.query('add'));
  const unfinished = mayKnow && supplement === undefined ? await unfinishedOf(c, portal, open) : undefined;
  const isForgotten = forgotten && sendings.length === 0;
  if (open.closed && unfinished === undefined)
    return closedPage(c, portal, open, { token, forgotten: isForgotten });
  if (!mayKnow) return passwordPage(c, portal, open, { token, forgotten: isForgotten });
  void portal.proofs.expectSending(open.request.id);
  const path = `/r/${token}${supplement === undefined ? '' : `?add=${supplement.submissionId}`}`;
  return page(
    c,
    <RequestPage
      context={{ ...pageContext(c, portal, open.request), path }}
      token={token}
      request={await publicRequest(portal, open, { unfinished, supplement })}
      sent={await shownSendings(portal, open, sendings, token)}
      supplement={supplement}
      forgotten={isForgotten}
      returned={returned}
    />,
    returned?.failure === undefined ? 200 : statusOf[returned.failure.code],
  );
};

/** A request as the page behind its link shows it. */
export const publicRequest = async (
  { db, intake }: Portal,
  { request, closed }: Pick<OpenLink, 'request' | 'closed'>,
  { unfinished, supplement }: { unfinished?: PublicUnfinished; supplement?: Supplement },
): Promise<PublicRequest> => ({
  ...asked(intake, { title: request.title, ...settingsOf(request) }),
  unfinished,
  forms: closed ? [] : await formsOf(db, request.id),
  checklist: await shownChecklist(db, request.id, supplement),
  rules: { ...rulesOf(request), maxBytes: await bytesLeft(intake, request, bytesOf(unfinished)) },
});

type Asked = Pick<
  ParsedNewRequest,
  | 'title'
  | 'instructions'
  | 'fields'
  | 'deadline'
  | 'deadlineZone'
  | 'graceMinutes'
  | 'maxFileBytes'
  | 'maxFilesPerSubmission'
  | 'allowedTypes'
>;

/** What staff ask for, as submitters see it. */
const asked = (intake: Portal['intake'], content: Asked) => ({
  mailsReceipt: intake.sendsMail,
  title: content.title,
  instructions: content.instructions,
  fields: content.fields,
  ...(content.deadline !== null && { deadline: deadlineOf(new Date(content.deadline), content) }),
});

const deadlineOf = (at: Date, { deadlineZone: zone, graceMinutes }: Asked) => ({
  at,
  zone,
  ...(graceMinutes > 0 && { graceUntil: new Date(at.getTime() + graceMinutes * 60_000) }),
});

const rulesOf = (content: Pick<Asked, 'maxFileBytes' | 'maxFilesPerSubmission' | 'allowedTypes'>) => ({
  maxFileBytes: content.maxFileBytes ?? undefined,
  maxFiles: content.maxFilesPerSubmission ?? undefined,
  allowedTypes: content.allowedTypes,
});

/** One that nobody has opened yet, as its page would be. @param forms that it would have */
export const futureRequest = (
  intake: Portal['intake'],
  content: Asked & Pick<ParsedNewRequest, 'items' | 'maxBytesPerSubmission'>,
  forms: PublicRequest['forms'],
): PublicRequest => ({
  ...asked(intake, content),
  forms,
  checklist: content.items.map((item, index) => slotOf({ ...item, id: String(index) })),
  rules: { ...rulesOf(content), maxBytes: content.maxBytesPerSubmission ?? undefined },
});

/** What is there already is not asked for again of who adds to it. */
const shownChecklist = async (db: Portal['db'], requestId: string, supplement: Supplement | undefined) => {
  const there = supplement === undefined ? [] : await arrivedTogether(db, supplement.submissionId);
  const items = await checklistOf(db, requestId);
  const missing = missingItems(items, there);
  return items.map((item) => slotOf({ ...item, required: missing.includes(item) }));
};

const slotOf = (item: ParsedNewRequest['items'][number] & { id: string }) => ({
  id: item.id,
  label: item.label,
  required: item.required,
  rules: {
    maxFileBytes: item.maxFileBytes ?? undefined,
    maxFiles: item.maxFiles ?? undefined,
    allowedTypes: item.allowedTypes,
  },
});

const bytesOf = (unfinished: PublicUnfinished | undefined): number =>
  unfinished?.files
    .filter(({ state }) => state !== 'failed' && state !== 'abandoned')
    .reduce((sum, { sizeBytes, offsetBytes }) => sum + (sizeBytes ?? offsetBytes), 0) ?? 0;

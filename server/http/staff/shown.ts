import type { ChecklistItemRow } from '../../../db/queries/checklist.ts';
import { daysLookedAtAfterClosing } from '../../../db/queries/found.ts';
import type { unresolvedNotices } from '../../../db/queries/notices.ts';
import type { FormRow } from '../../../db/queries/request-forms.ts';
import type { listRequests } from '../../../db/queries/request-lists.ts';
import type { RequestRow } from '../../../db/queries/requests.ts';
import type { ShownMailShares } from '../../../web/pages/staff/mail-shares.tsx';
import type { ShownNotice } from '../../../web/pages/staff/notices.tsx';
import type { RequestListItem } from '../../../web/pages/staff/requests.tsx';
import type { ShownRequest } from '../../../web/pages/staff/shown-request.ts';
import { linkUrl, nextcloudPageOf } from '../../intake/describe-request.ts';
import { mailSharesFor } from '../../intake/mail-shares.ts';
import { sealedLinkContext } from '../../intake/open-request.ts';
import { maxFormBytes, maxForms } from '../../intake/request-forms.ts';
import { type FailureCode, failureCodes } from '../../lib/failure.ts';
import { within } from '../../lib/within.ts';
import type { Portal } from '../portal.ts';

type Listed = Awaited<ReturnType<typeof listRequests>>[number];

export const shownNotice = (notice: Awaited<ReturnType<typeof unresolvedNotices>>[number]): ShownNotice => ({
  id: notice.id,
  level: notice.level,
  code: notice.code,
  subject: notice.subject,
  params: notice.params,
  timesSeen: notice.timesSeen,
  lastSeenAt: notice.lastSeenAt,
  requestId: notice.requestId ?? undefined,
  settledAt: notice.resolvedAt ?? undefined,
});

export const linkOf = (portal: Portal, { request, link }: Listed): string | undefined =>
  link === null
    ? undefined
    : linkUrl(portal.publicUrl, portal.sealing.open(link.tokenSealed, sealedLinkContext(request.id)));

const deadlineOf = (request: RequestRow) =>
  request.deadlineAt === null ? undefined : { at: request.deadlineAt, zone: request.deadlineZone };

export const shownListItem = (portal: Portal, listed: Listed): RequestListItem => ({
  id: listed.request.id,
  title: listed.request.title,
  state: listed.request.state,
  link: linkOf(portal, listed),
  deadline: deadlineOf(listed.request),
  submissions: { sealed: listed.submissions, underWay: listed.underWay },
  files: listed.files,
  lastAt: listed.lastAt ?? undefined,
  dead: listed.dead,
  proof: listed.share ?? undefined,
});

export const shownRequest = (
  portal: Portal,
  listed: Listed,
  destinations: { name: string }[],
  checklist: readonly ChecklistItemRow[],
  forms: FormRow[],
): Omit<ShownRequest, keyof ShownMailShares> & Pick<ShownRequest, 'id' | 'state'> => {
  const { request, share, account } = listed;
  const deadline = deadlineOf(request);
  return {
    id: request.id,
    title: request.title,
    instructions: request.instructions,
    state: request.state,
    link: linkOf(portal, listed),
    createdAt: request.createdAt,
    deadline:
      deadline === undefined || request.graceMinutes === 0
        ? deadline
        : { ...deadline, graceUntil: new Date(deadline.at.getTime() + request.graceMinutes * 60_000) },
    folderPath: request.folderPath ?? undefined,
    ...(account.connectedBy !== null && { folderOf: account.user }),
    passwordSet: request.passwordHash !== null,
    languages: request.languages,
    nextcloudPageAllowed: request.nextcloudPageAllowed,
    isLookedAt: isLookedAt(request),
    takeBackMinutes: request.takeBackMinutes,
    fates: {
      deliverPer: request.deliverPer,
      unscanned: request.unscanned,
      afterImport: request.afterImport,
      deleteAfterDays: request.deleteAfterDays,
    },
    ...(request.retentionDays !== null && { retention: retentionOf(request, request.retentionDays) }),
    forms,
    formLimits: { count: maxForms, sizeBytes: maxFormBytes },
    checklist: checklist.map(({ id, label, required, maxFileBytes, maxFiles, allowedTypes }) => ({
      id,
      label,
      required,
      rules: { maxFileBytes: maxFileBytes ?? undefined, maxFiles: maxFiles ?? undefined, allowedTypes },
    })),
    destinations: destinations.map(({ name }) => name),
    proof: share === null ? undefined : { state: share.state, provenAt: share.provenAt, checks: share.proof },
  };
};

/** By this machine's clock: the button's own refusal goes by the database's. */
const isLookedAt = ({ state, closedAt }: RequestRow): boolean =>
  state === 'open' ||
  (state === 'closed' &&
    closedAt !== null &&
    closedAt.getTime() > Date.now() - daysLookedAtAfterClosing * 86_400_000);

/** The page waits no longer to hear what its Nextcloud can do. */
const patienceMs = 1000;

export const shownMailShares = async (
  { intake }: Portal,
  listed: Listed,
): Promise<Pick<ShownMailShares, 'mailShares' | 'sendsMailShares' | 'nextcloudPage'>> => {
  const { request } = listed;
  // Where it is not known, it is tried.
  const sharing =
    request.state === 'open'
      ? await within(patienceMs, intake.accounts.factsOf(request.accountId))
          .then((facts) => facts.sharing)
          .catch(() => undefined)
      : undefined;
  const page = nextcloudPageOf(intake, listed);
  return {
    sendsMailShares: sharing?.mailShares ?? true,
    ...(page !== null && { nextcloudPage: page }),
    mailShares: (await mailSharesFor(intake, request.id)).map(
      ({ id, address, state, sentAt, password, failureCode }) => ({
        id,
        address,
        state,
        ...(sentAt !== null && { sentAt: new Date(sentAt) }),
        ...(password !== null && { password }),
        failureCode: knownCode(failureCode),
      }),
    ),
  };
};

const retentionOf = ({ state, closedAt }: RequestRow, days: number) => ({
  days,
  ...(state !== 'open' && closedAt !== null && { from: new Date(closedAt.getTime() + days * 86_400_000) }),
});

/** A row written by a newer version may carry a code that has no words here. */
export const knownCode = (code: string | null): FailureCode | undefined =>
  failureCodes.find((known) => known === code);

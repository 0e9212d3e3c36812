import type { ChecklistItemRow } from '../../../db/queries/checklist.ts';
import type { unresolvedNotices } from '../../../db/queries/notices.ts';
import type { FormRow } from '../../../db/queries/request-forms.ts';
import type { listRequests } from '../../../db/queries/request-lists.ts';
import type { RequestRow } from '../../../db/queries/requests.ts';
import type { ShownNotice } from '../../../web/pages/staff/notices.tsx';
import type { ShownRequest } from '../../../web/pages/staff/request.tsx';
import type { RequestListItem } from '../../../web/pages/staff/requests.tsx';
import { linkUrl } from '../../intake/describe-request.ts';
import { sealedLinkContext } from '../../intake/open-request.ts';
import { maxFormBytes, maxForms } from '../../intake/request-forms.ts';
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
): ShownRequest => {
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
    takeBackMinutes: request.takeBackMinutes,
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

const retentionOf = ({ state, closedAt }: RequestRow, days: number) => ({
  days,
  ...(state !== 'open' && closedAt !== null && { from: new Date(closedAt.getTime() + days * 86_400_000) }),
});

import type { RequestState, ShareState } from '../../../db/schema/requests.ts';
import { Badge } from '../../components/common.tsx';
import { formatDistance, messagesFor } from '../../i18n/index.ts';
import type { PageContext } from '../context.ts';

/** Whether the request's share is upload-only, and since when that is known. */
export interface ShownProof {
  state: ShareState;
  provenAt: Date;
}

const requestKinds = { draft: 'quiet', open: 'good', closed: 'quiet', archived: 'quiet' } as const;

export const RequestStateBadge = ({ context, state }: { context: PageContext; state: RequestState }) => (
  <Badge kind={requestKinds[state]}>{messagesFor(context.language).staff.requestState[state]}</Badge>
);

/** “Upload-only, verified 12 seconds ago”. */
export const ProofLine = ({ context, proof }: { context: PageContext; proof?: ShownProof }) => {
  const t = messagesFor(context.language).staff;
  if (proof === undefined) return <span class="quiet">{t.notProvenYet}</span>;
  return (
    <span class="proof-line">
      <Badge kind={proof.state === 'proven' ? 'good' : 'bad'}>{t.shareState[proof.state]}</Badge>{' '}
      <span class="quiet">
        {t.provenAgo({ distance: formatDistance(context.language, proof.provenAt, context.now) })}
      </span>
    </span>
  );
};

import { formatBytes, formatDistance, formatShare, messagesFor } from '../../i18n/index.ts';
import type { PageContext } from '../context.ts';

/** A submission that is being sent. */
export interface ArrivingItem {
  submissionId: string;
  receiptNumber: string;
  submitterName: string;
  request: { id: string; title: string };
  files: number;
  /** Of them, those of which every byte is here. */
  filesDone: number;
  sentBytes: number;
  /** Undefined: some are of unknown length. */
  sizeBytes?: number | undefined;
  /** Its submitter is done, and files are still being stored. */
  isFinishing: boolean;
  lastActivityAt: Date;
}

export interface ArrivingProps {
  context: PageContext;
  /** The first few, the most lively first. */
  arriving: ArrivingItem[];
  /** How many there are besides. */
  more: number;
}

/** What is on its way now, with how far it is. */
export const Arriving = ({ context, arriving, more }: ArrivingProps) => {
  const words = messagesFor(context.language).console.arriving;
  return (
    <div id="arriving" data-live>
      {arriving.length > 0 && (
        <section class="arriving" aria-labelledby="arriving-title">
          <h2 id="arriving-title">{words.title}</h2>
          <ul>
            {arriving.map((item) => (
              <Item key={item.submissionId} context={context} item={item} />
            ))}
          </ul>
          {more > 0 && (
            <p>
              <a href="/staff?show=arriving">{words.more({ count: more })}</a>
            </p>
          )}
        </section>
      )}
    </div>
  );
};

const Item = ({ context, item }: { context: PageContext; item: ArrivingItem }) => {
  const { language, now } = context;
  const words = messagesFor(language).console.arriving;
  const { sentBytes, sizeBytes, request } = item;
  const share = sizeBytes === undefined || sizeBytes === 0 ? undefined : Math.min(1, sentBytes / sizeBytes);
  return (
    <li id={`arriving-${item.submissionId}`}>
      <p class="arriving-head">
        <bdi>{item.submitterName === '' ? item.receiptNumber : item.submitterName}</bdi>
        <a href={`/staff/requests/${encodeURIComponent(request.id)}#${item.submissionId}`}>{request.title}</a>
      </p>
      {share !== undefined && (
        <progress max={1} value={share} aria-label={`${item.submitterName} ${item.receiptNumber}`}>
          {formatShare(language, share)}
        </progress>
      )}
      <p class="request-facts">
        {share !== undefined && <strong>{formatShare(language, share)}</strong>}
        <span>{words.files({ count: item.files, done: item.filesDone })}</span>
        <span>
          {sizeBytes === undefined
            ? formatBytes(language, sentBytes)
            : words.bytes({ sent: formatBytes(language, sentBytes), size: formatBytes(language, sizeBytes) })}
        </span>
        {item.isFinishing ? (
          <span>{words.checking}</span>
        ) : (
          <span>{formatDistance(language, item.lastActivityAt, now)}</span>
        )}
      </p>
    </li>
  );
};

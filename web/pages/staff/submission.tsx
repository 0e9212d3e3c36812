import type { DeliveryState } from '../../../db/schema/deliveries.ts';
import type { FileState, ScanResult, SubmissionState, UploadState } from '../../../db/schema/submissions.ts';
import type { FailureCode } from '../../../server/lib/failure.ts';
import { Badge, Hash, Lines, Moment, WithMoment } from '../../components/common.tsx';
import { FileName } from '../../components/file-name.tsx';
import { formatBytes, formatMoment, formatShare, messagesFor } from '../../i18n/index.ts';
import type { PageContext } from '../context.ts';
import { deliveryKinds } from './deliveries.tsx';
import { Notes, type ShownNote } from './notes.tsx';

export interface ShownSubmission {
  id: string;
  receiptNumber: string;
  /** The number of the one that it adds to. */
  supplementOf?: string;
  submitterName: string;
  submitterEmail?: string;
  message: string;
  /** In the order of the request's fields, with their labels. */
  answers: { label: string; value: string }[];
  state: SubmissionState;
  /** When it was sealed, or else when it began. */
  at: Date;
  late: boolean;
  finishedBySubmitter: boolean;
  /** When its files were taken out of Nextcloud for the request's retention. */
  purgedAt?: Date | undefined;
  /** The first of them. */
  files: ShownFile[];
  /** Of all of them. */
  total: { files: number; bytes: number };
  /** Labels of required checklist items that have no file. */
  missing: string[];
  deliveries: ShownDelivery[];
  notes: ShownNote[];
}

export interface ShownFile {
  id: string;
  name: string;
  /** Label of the checklist item that it is for. */
  item?: string;
  sizeBytes: number;
  sha256?: string;
  storedAt?: Date;
  withdrawnAt?: Date;
  /** Leads to it for whoever may sign in there. */
  nextcloudUrl?: string | undefined;
  /** An upload's state until it is stored, the file's from then on. */
  state: { of: 'upload'; is: UploadState; offsetBytes: number } | { of: 'file'; is: FileState };
  /** Undefined: no scanner has looked at it. */
  scan?: ShownScan;
  /** Staff have said that it may be delivered, whatever a scanner says. */
  isReleased?: boolean;
  failureCode?: FailureCode;
}

export interface ShownScan {
  result: ScanResult;
  /** In the scanner's words. */
  found?: string;
}

export interface ShownDelivery {
  id: string;
  destination: string;
  state: DeliveryState;
  attempts: number;
  /** While it waits. */
  notBefore?: Date;
  deliveredAt?: Date;
  failureCode?: FailureCode;
}

const submissionKinds = { open: 'busy', finishing: 'busy', sealed: 'good', discarded: 'quiet' } as const;

/** One sending: who, what, and what became of it. */
export const Submission = ({
  context,
  submission,
  mayNote,
  scansFiles,
  page,
}: {
  context: PageContext;
  submission: ShownSubmission;
  mayNote: boolean;
  scansFiles: boolean;
  /** Query of the page that it is on. */
  page: string;
}) => {
  const { language, zone } = context;
  const words = messagesFor(language).staff.request;
  const { files, bytes } = submission.total;
  return (
    <article class="submission" id={submission.id}>
      <div class="submission-head">
        <h3>
          <bdi>{submission.submitterName}</bdi>
        </h3>
        <span class="number">{submission.receiptNumber}</span>
      </div>
      <p class="submission-facts">
        <Badge kind={submissionKinds[submission.state]}>{words.submissionState[submission.state]}</Badge>
        {submission.late && <Badge kind="busy">{words.late}</Badge>}
        {submission.state === 'sealed' && !submission.finishedBySubmitter && (
          <Badge kind="busy">{words.unfinished}</Badge>
        )}
        <Moment language={language} at={submission.at} zone={zone} />
        {submission.supplementOf !== undefined && (
          <span>{words.supplementOf({ receipt: submission.supplementOf })}</span>
        )}
        <span>{words.files({ count: files, size: formatBytes(language, bytes) })}</span>
      </p>
      <Said context={context} submission={submission} />
      <Files context={context} submission={submission} scansFiles={scansFiles} />
      {submission.purgedAt !== undefined && (
        <p class="hint">
          <WithMoment
            words={(at) => words.purged({ at })}
            language={language}
            at={submission.purgedAt}
            zone={zone}
          />
        </p>
      )}
      {submission.missing.length > 0 && (
        <p class="missing">
          {words.missing}: {submission.missing.join(' · ')}
        </p>
      )}
      {submission.deliveries.length > 0 && (
        <Deliveries context={context} deliveries={submission.deliveries} />
      )}
      <Notes context={context} submission={submission} mayNote={mayNote} page={page} />
    </article>
  );
};

/** Of so many the names are seen at once; of more, where somebody wants to see them. */
const mostAtOnce = 8;

const Files = ({
  context,
  submission,
  scansFiles,
}: {
  context: PageContext;
  submission: ShownSubmission;
  scansFiles: boolean;
}) => {
  const words = messagesFor(context.language).console.request;
  const { files, total } = submission;
  const list = (
    <>
      <ul class="submission-files">
        {files.map((file) => (
          <File key={file.id} context={context} file={file} scansFiles={scansFiles} />
        ))}
      </ul>
      {total.files > files.length && (
        <p class="hint">{words.moreFiles({ count: total.files - files.length })}</p>
      )}
    </>
  );
  if (files.length <= mostAtOnce) return list;
  return (
    <details>
      <summary>{words.fileList({ count: total.files })}</summary>
      {list}
    </details>
  );
};

const Said = ({ context, submission }: { context: PageContext; submission: ShownSubmission }) => {
  const words = messagesFor(context.language).staff.request;
  const rows = [
    ...(submission.submitterEmail === undefined
      ? []
      : [{ label: words.email, value: submission.submitterEmail }]),
    ...submission.answers.filter((answer) => answer.value !== ''),
    ...(submission.message === '' ? [] : [{ label: words.message, value: submission.message }]),
  ];
  if (rows.length === 0) return null;
  return (
    <dl class="facts facts-small">
      {rows.map((row) => (
        <div key={row.label}>
          <dt>{row.label}</dt>
          <dd>
            <Lines text={row.value} />
          </dd>
        </div>
      ))}
    </dl>
  );
};

const File = ({
  context,
  file,
  scansFiles,
}: {
  context: PageContext;
  file: ShownFile;
  scansFiles: boolean;
}) => {
  const { language } = context;
  const t = messagesFor(language);
  const words = t.staff.request;
  const { state } = file;
  const at = file.withdrawnAt ?? file.storedAt;
  const share =
    state.of === 'upload' &&
    state.is === 'uploading' &&
    file.sizeBytes > 0 &&
    state.offsetBytes / file.sizeBytes;
  return (
    <li id={`file-${file.id}`}>
      <div class="slip-line">
        <FileName name={file.name} />
        <span>{formatBytes(language, file.sizeBytes)}</span>
      </div>
      <p class="slip-facts">
        {file.item !== undefined && (
          <span>
            {t.public.receipt.item}: <bdi>{file.item}</bdi>
          </span>
        )}
        <span>
          {state.of === 'upload' ? words.uploadState[state.is] : words.fileState[state.is]}
          {share !== false && ` ${formatShare(language, share)}`}
        </span>
        {at !== undefined && <Moment language={language} at={at} zone={context.zone} />}
        {state.of === 'file' && (file.scan !== undefined || scansFiles) && (
          <Scan context={context} scan={file.scan} />
        )}
        {file.isReleased === true && <span>{t.importer.delivery.released}</span>}
        {file.nextcloudUrl !== undefined && (
          <a href={file.nextcloudUrl} rel="noreferrer">
            {words.inNextcloud}
          </a>
        )}
      </p>
      {file.failureCode !== undefined && <p class="problem">{t.failure[file.failureCode]({})}</p>}
      {file.sha256 !== undefined && (
        <p class="slip-hash">
          <Hash value={file.sha256} />
        </p>
      )}
    </li>
  );
};

/** What a scanner said of a file. */
export const Scan = ({ context, scan }: { context: PageContext; scan: ShownScan | undefined }) => {
  const words = messagesFor(context.language).importer.delivery;
  return (
    <span class={scan?.result === 'found' ? 'scan-found' : undefined}>
      {scan === undefined ? words.notScanned : words.scan[scan.result]}
      {scan?.found !== undefined && `: ${scan.found}`}
    </span>
  );
};

const Deliveries = ({ context, deliveries }: { context: PageContext; deliveries: ShownDelivery[] }) => {
  const { language, zone } = context;
  const t = messagesFor(language);
  const words = t.staff.request;
  return (
    <div class="deliveries">
      <h4>{words.deliveries}</h4>
      <ul>
        {deliveries.map((delivery) => (
          <li key={delivery.id}>
            <a href={`/staff/deliveries/${delivery.id}`}>{delivery.destination}</a>{' '}
            <Badge kind={deliveryKinds[delivery.state]}>{words.deliveryState[delivery.state]}</Badge>{' '}
            <span class="quiet">
              {delivery.deliveredAt !== undefined && (
                <Moment language={language} at={delivery.deliveredAt} zone={zone} />
              )}
              {delivery.state === 'waiting' &&
                delivery.notBefore !== undefined &&
                delivery.notBefore > context.now &&
                words.deliveryWaits({ until: formatMoment(language, delivery.notBefore, zone) })}
              {delivery.attempts > 1 && ` ${words.attempts({ count: delivery.attempts })}`}
            </span>
            {delivery.failureCode !== undefined && delivery.state !== 'delivered' && (
              <p class="problem">{t.failure[delivery.failureCode]({})}</p>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
};

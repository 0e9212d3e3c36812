import type { FailureCode } from '../../../server/lib/failure.ts';
import { Alert, Badge, Hash, Moment } from '../../components/common.tsx';
import { FileName } from '../../components/file-name.tsx';
import { formatBytes, messagesFor, type WordParams } from '../../i18n/index.ts';
import type { PageContext } from '../context.ts';
import { Layout } from '../layout.tsx';
import { deliveryKinds, type ListedDelivery } from './deliveries.tsx';
import { Scan, type ShownScan } from './submission.tsx';

export interface ShownDeliveredFile {
  id: string;
  path: string;
  sizeBytes: number;
  sha256: string;
  state: keyof ReturnType<typeof messagesFor>['staff']['request']['fileState'];
  scan?: ShownScan;
  isReleased: boolean;
  mayBeReleased: boolean;
}

export interface ShownAttempt {
  startedAt: Date;
  outcome: 'delivered' | 'already-there' | 'awaiting' | 'retry' | 'dead' | 'under-way';
  failureCode?: FailureCode;
  /** As the destination put it, for operators. */
  details: string[];
}

export interface DeliveryPageProps {
  context: PageContext;
  staff: { name: string };
  delivery: ListedDelivery & {
    key: string;
    notBefore: Date;
    deliveredAt?: Date;
    /** When the destination took it away again. */
    removedAt?: Date;
    /** Waits until staff resume its destination. */
    isPaused: boolean;
    place?: string;
    link?: string;
  };
  files: ShownDeliveredFile[];
  attempts: ShownAttempt[];
  mayChange: boolean;
  failure?: { code: FailureCode; params: WordParams };
}

/** One delivery: where it is, what was tried, and what staff can do about it. */
export const DeliveryPage = ({
  context,
  staff,
  delivery,
  files,
  attempts,
  mayChange,
  failure,
}: DeliveryPageProps) => {
  const { language, zone } = context;
  const t = messagesFor(language);
  const words = t.importer.delivery;
  const title = `${delivery.receiptNumber} ${t.importer.deliveries.to} ${delivery.destination}`;
  return (
    <Layout context={context} title={title} staff={staff} section="deliveries">
      <p>
        <a href="/staff/deliveries">{words.back}</a>
      </p>
      <div class="request-head">
        <h1>
          {delivery.receiptNumber} {t.importer.deliveries.to} <bdi>{delivery.destination}</bdi>
        </h1>
        <Badge kind={deliveryKinds[delivery.state]}>{t.staff.request.deliveryState[delivery.state]}</Badge>
      </div>
      {failure !== undefined && (
        <Alert>
          <p>{t.failure[failure.code](failure.params)}</p>
        </Alert>
      )}
      <p class="request-facts">
        <bdi>{delivery.submitterName}</bdi>
        <a href={`/staff/requests/${delivery.request.id}`}>{delivery.request.title}</a>
        {delivery.isFound && <span>{t.importer.deliveries.found}</span>}
      </p>
      {delivery.failureCode !== undefined && delivery.state !== 'delivered' && (
        <p class="problem">{t.failure[delivery.failureCode]({})}</p>
      )}
      {mayChange && delivery.state !== 'delivering' && (
        <form
          method="post"
          action={`/staff/deliveries/${delivery.id}/${delivery.state === 'waiting' ? 'retry' : 'replay'}`}
        >
          <button
            type="submit"
            class="button"
            title={delivery.state === 'waiting' ? undefined : words.replayHint}
          >
            {delivery.state === 'waiting' ? words.retry : words.replay}
          </button>
        </form>
      )}
      {mayChange && (delivery.state === 'waiting' || delivery.state === 'delivering') && (
        <form method="post" action={`/staff/deliveries/${delivery.id}/give-up`}>
          <button type="submit" class="button button-plain" title={words.giveUpHint}>
            {words.giveUp}
          </button>
        </form>
      )}
      <dl class="facts">
        <Fact term={words.made}>
          <Moment language={language} at={delivery.createdAt} zone={zone} />
        </Fact>
        {delivery.state === 'waiting' && (
          <Fact term={words.next}>
            {delivery.isPaused ? (
              words.whenResumed
            ) : delivery.notBefore > context.now ? (
              <Moment language={language} at={delivery.notBefore} zone={zone} />
            ) : (
              words.soon
            )}
          </Fact>
        )}
        {delivery.deliveredAt !== undefined && (
          <Fact term={words.delivered}>
            <Moment language={language} at={delivery.deliveredAt} zone={zone} />
          </Fact>
        )}
        {delivery.removedAt !== undefined && (
          <Fact term={words.removed}>
            <Moment language={language} at={delivery.removedAt} zone={zone} />
          </Fact>
        )}
        {delivery.place !== undefined && (
          <Fact term={words.there}>
            <bdi>{delivery.place}</bdi>
          </Fact>
        )}
        {delivery.link !== undefined && (
          <Fact term={words.there}>
            <a href={delivery.link} rel="noreferrer">
              {words.open}
            </a>
          </Fact>
        )}
        <Fact term={words.key}>
          <code>{delivery.key}</code> <span class="quiet">{words.keyHint}</span>
        </Fact>
      </dl>
      <h2>{words.files}</h2>
      <ul class="submission-files">
        {files.map((file) => (
          <File key={file.id} context={context} file={file} mayChange={mayChange} />
        ))}
      </ul>
      <Attempts context={context} attempts={attempts} />
    </Layout>
  );
};

/** What was tried; nothing before the first time. */
const Attempts = ({ context, attempts }: { context: PageContext; attempts: ShownAttempt[] }) => {
  const { language, zone } = context;
  const t = messagesFor(language);
  const words = t.importer.delivery;
  if (attempts.length === 0) return null;
  return (
    <>
      <h2>{words.attempts}</h2>
      <ol class="attempts">
        {attempts.map((attempt) => (
          <li key={attempt.startedAt.toISOString()}>
            <Moment language={language} at={attempt.startedAt} zone={zone} precision="seconds" />{' '}
            {words.outcome[attempt.outcome]}
            {attempt.failureCode !== undefined && <p class="problem">{t.failure[attempt.failureCode]({})}</p>}
            {attempt.details.length > 0 && (
              <ul class="details">
                {attempt.details.map((line) => (
                  <li key={line}>{line}</li>
                ))}
              </ul>
            )}
          </li>
        ))}
      </ol>
    </>
  );
};

const Fact = ({ term, children }: { term: string; children: preact.ComponentChildren }) => (
  <div>
    <dt>{term}</dt>
    <dd>{children}</dd>
  </div>
);

const File = ({
  context,
  file,
  mayChange,
}: {
  context: PageContext;
  file: ShownDeliveredFile;
  mayChange: boolean;
}) => {
  const { language } = context;
  const t = messagesFor(language);
  const words = t.importer.delivery;
  return (
    <li>
      <div class="slip-line">
        <FileName name={file.path} />
        <span>{formatBytes(language, file.sizeBytes)}</span>
      </div>
      <p class="slip-facts">
        <span>{t.staff.request.fileState[file.state]}</span>
        <Scan context={context} scan={file.scan} />
        {file.isReleased && <span>{words.released}</span>}
      </p>
      <p class="slip-hash">
        <Hash value={file.sha256} />
      </p>
      {mayChange && file.mayBeReleased && (
        <form method="post" action={`/staff/files/${file.id}/release`}>
          <button type="submit" class="button button-plain" title={words.releaseHint}>
            {words.release}
          </button>
        </form>
      )}
    </li>
  );
};

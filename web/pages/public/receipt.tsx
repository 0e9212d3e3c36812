import type { ComponentChildren } from 'preact';
import type { FileProgress, ReceiptProgress } from '../../../server/intake/describe-receipt.ts';
import { Alert, JsonBlock, Moment } from '../../components/common.tsx';
import { FileName } from '../../components/file-name.tsx';
import { type OwnReceipt, OwnReceiptSection } from '../../components/own-receipt.tsx';
import { SlipFiles, SlipHead, type SlipReceipt } from '../../components/slip.tsx';
import { Steps } from '../../components/steps.tsx';
import { visibleName } from '../../components/visible-name.ts';
import { formatBytes, messagesFor, type WordParams } from '../../i18n/index.ts';
import { type ReceiptSetup, receiptLiveId, receiptSaidId, receiptSetupId } from '../../receipt/setup.ts';
import type { PageContext } from '../context.ts';
import { Layout } from '../layout.tsx';

export type { OwnReceipt, SlipReceipt };

interface CommonProps {
  context: PageContext;
  progress: ReceiptProgress;
  /** The page's own. Below it, the progress is as `state.json`, and the receipt as `receipt.txt`. */
  path: string;
  /** For the browser that has sent it. */
  own?: OwnReceipt | undefined;
  /** Whether the request still takes files. */
  mayAdd: boolean;
  /** What another browser, from which it was sent, may still do. */
  elsewhere?: 'takeBack' | 'add' | 'both' | undefined;
}

export interface ReceiptPageProps extends CommonProps {
  receipt: SlipReceipt & { signature: string };
  /** What was added later, each with a receipt of its own; `path` for the browser that has sent it. */
  supplements?: { number: string; path: string | undefined }[];
  /** Whole, as it stands on paper: where anybody can check it. */
  verifyUrl: string;
}

/** The receipt, whole: to read, to print, to keep. Names, sizes, hashes and times; never contents. */
export const ReceiptPage = ({ receipt, supplements = [], verifyUrl, ...common }: ReceiptPageProps) => {
  const { context, progress, path } = common;
  const { language, zone } = context;
  const t = messagesFor(language);
  const words = t.public.receipt;
  return (
    <Frame {...common} title={`${words.title} ${receipt.number}`}>
      <div id={receiptLiveId}>
        <article class="slip">
          <h1>{words.title}</h1>
          <SlipHead language={language} zone={zone} receipt={receipt} />
          {!receipt.finishedBySubmitter && (
            <Alert kind="warning">
              <p>{words.unfinished}</p>
            </Alert>
          )}
          {receipt.files.length === 0 && (
            <Alert kind="warning">
              <p>{words.emptied}</p>
            </Alert>
          )}
          <SlipFiles language={language} zone={zone} receipt={receipt} handsOn={progress.handsOn} />
          <div class="slip-signature">
            <h2>{words.signature}</h2>
            <code class="hash">{receipt.signature}</code>
            <p class="hint">{words.signatureText}</p>
            <p class="hint">
              {words.checkAt} <a href={verifyUrl}>{verifyUrl}</a>
            </p>
          </div>
          <span class="stamp" aria-hidden="true">
            受取
          </span>
        </article>
        <NotArrived {...common} />
      </div>
      {supplements.length > 0 && (
        <dl class="facts">
          <div>
            <dt>{words.supplements}</dt>
            {supplements.map(({ number, path: own }) => (
              <dd key={number}>{own === undefined ? number : <a href={own}>{number}</a>}</dd>
            ))}
          </div>
        </dl>
      )}
      <p class="quiet">{words.byNumber}</p>
      <p class="quiet no-print">{words.keep}</p>
      <p class="actions no-print">
        <a class="button button-plain" href={`${path}/receipt.txt`} download>
          {words.asText}
        </a>
        <button type="button" class="button button-plain needs-script" data-print>
          {t.layout.print}
        </button>
      </p>
    </Frame>
  );
};

export interface UnfinishedPageProps extends CommonProps {
  about: Pick<SlipReceipt, 'number' | 'requestTitle' | 'submitterName'>;
}

/** Where the receipt will be: what has arrived so far. It looks like no receipt, for it is none. */
export const UnfinishedPage = ({ about, ...common }: UnfinishedPageProps) => {
  const { context, progress } = common;
  const words = messagesFor(context.language).public.receipt;
  const state = progress.state === 'finishing' ? words.finishing : words.open;
  return (
    <Frame {...common} title={`${state.title} ${about.number}`}>
      <p class="over-title">
        <bdi>{visibleName(about.requestTitle)}</bdi>
      </p>
      <h1>{state.title}</h1>
      <p>{state.text}</p>
      <dl class="facts">
        <div>
          <dt>{words.number}</dt>
          <dd>{about.number}</dd>
        </div>
        <div>
          <dt>{words.from}</dt>
          <dd>
            <bdi>{visibleName(about.submitterName)}</bdi>
          </dd>
        </div>
      </dl>
      <div id={receiptLiveId}>
        {progress.files.length === 0 ? (
          <p>{words.open.nothingYet}</p>
        ) : (
          <ol class="slip-files">
            {progress.files.map((file, index) => (
              <Arrived key={String(index)} context={context} progress={progress} file={file} />
            ))}
          </ol>
        )}
        <NotArrived {...common} />
      </div>
    </Frame>
  );
};

const Arrived = ({
  context,
  progress,
  file,
}: Pick<CommonProps, 'context' | 'progress'> & { file: FileProgress }) => {
  const { language, zone } = context;
  const words = messagesFor(language).public.receipt;
  const at = (moment: string | undefined) => (moment === undefined ? undefined : new Date(moment));
  const withdrawnAt = at(file.withdrawnAt);
  return (
    <li class={file.state === 'withdrawn' ? 'slip-withdrawn' : undefined}>
      <div class="slip-line">
        <FileName name={file.name} />
        {file.sizeBytes !== null && <span>{formatBytes(language, file.sizeBytes)}</span>}
      </div>
      {file.state === 'withdrawn' ? (
        <p class="slip-facts">
          <span>{words.state.withdrawn}</span>
          {withdrawnAt !== undefined && (
            <Moment language={language} at={withdrawnAt} zone={zone} precision="seconds" />
          )}
        </p>
      ) : (
        <Steps
          language={language}
          zone={zone}
          handsOn={progress.handsOn}
          file={{ state: file.state, storedAt: at(file.storedAt), importedAt: at(file.importedAt) }}
        />
      )}
    </li>
  );
};

/** What whoever sent it believes to be there, and is not. */
const NotArrived = ({ context, progress, mayAdd }: CommonProps) => {
  const t = messagesFor(context.language);
  const words = t.public.receipt.notArrived;
  const failures: Partial<Record<string, (params: WordParams) => string>> = t.failure;
  if (progress.notArrived.length === 0) return null;
  return (
    <section class="part" aria-labelledby="not-arrived-title">
      <h2 id="not-arrived-title">{words.title}</h2>
      <p>{words.text}</p>
      <ul class="slip-files">
        {progress.notArrived.map(({ name, failureCode }, index) => (
          <li key={String(index)}>
            <FileName name={name} />
            <p class="slip-facts">{failures[failureCode]?.({}) ?? words.reason}</p>
          </li>
        ))}
      </ul>
      <p>{mayAdd ? words.again : words.closed}</p>
    </section>
  );
};

const Frame = ({
  context,
  progress,
  path,
  own,
  elsewhere,
  title,
  children,
}: CommonProps & { title: string; children: ComponentChildren }) => {
  const { language } = context;
  const words = messagesFor(language).public.receipt;
  const setup: ReceiptSetup = {
    language,
    messages: words.live,
    states: words.state,
    path,
    progress,
  };
  return (
    <Layout context={context} title={title} scripts={['page', 'receipt']}>
      {children}
      {own !== undefined && (
        <OwnReceiptSection context={context} own={own} isOpen={progress.state === 'open'} />
      )}
      {elsewhere !== undefined && <p class="quiet no-print">{words.own.elsewhere[elsewhere]}</p>}
      <output id={receiptSaidId} class="visually-hidden" aria-live="polite" />
      <JsonBlock id={receiptSetupId} value={setup} />
    </Layout>
  );
};

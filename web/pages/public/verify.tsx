import {
  type CompareSetup,
  compareInputId,
  compareListId,
  compareSetupId,
  compareStatusId,
} from '../../checking/setup.ts';
import { Alert, Hash, JsonBlock, WithMoment } from '../../components/common.tsx';
import { Field, TextField } from '../../components/field.tsx';
import { FileName } from '../../components/file-name.tsx';
import { SlipFiles, SlipHead, type SlipReceipt } from '../../components/slip.tsx';
import { visibleName } from '../../components/visible-name.ts';
import { messagesFor } from '../../i18n/index.ts';
import type { PageContext, ShownFailure } from '../context.ts';
import { Layout } from '../layout.tsx';

/** Only what the text says of itself: no state that is known elsewhere. */
export type VerifiedReceipt = SlipReceipt;

export interface VerifyPageProps {
  context: PageContext;
  /** As it was given, to be mended or compared again. */
  text?: string;
  sha256?: string;
  /** Nothing was given. */
  isMissing?: boolean;
  /** What was given to compare is no SHA-256. */
  isNoHash?: boolean;
  failure?: ShownFailure;
  /** Why it is not genuine. */
  reason?: 'unreadable' | 'signature';
  /** What it says, when it is genuine. */
  receipt?: VerifiedReceipt;
  comparison?: { sha256: string; matches: { number: number; path: string }[] };
}

/** Whether a receipt is genuine, and whether a file is the one. POSTs `receipt` or `file`, and `sha256`, to itself. */
export const VerifyPage = (props: VerifyPageProps) => {
  const { context, receipt, reason } = props;
  const words = messagesFor(context.language).public.verify;
  const verdict =
    receipt !== undefined ? words.genuine : reason !== undefined ? words.notGenuine[reason] : undefined;
  return (
    <Layout
      context={context}
      // What a screen reader says first of a page that was loaded.
      title={verdict ?? words.title}
      scripts={receipt === undefined ? [] : ['page', 'verify']}
    >
      <h1>{verdict ?? words.title}</h1>
      {verdict === undefined && <p>{words.text}</p>}
      {reason !== undefined && (
        <Alert>
          <p>{words.reason[reason]}</p>
        </Alert>
      )}
      {receipt !== undefined && <Genuine {...props} receipt={receipt} />}
      <CheckForm {...props} />
    </Layout>
  );
};

const Genuine = ({ context, receipt, comparison }: VerifyPageProps & { receipt: VerifiedReceipt }) => {
  const { language, zone } = context;
  const t = messagesFor(language).public;
  return (
    <>
      <Alert kind="good">
        <p>
          <WithMoment
            words={(at) => t.verify.genuineText({ at })}
            language={language}
            at={receipt.issuedAt}
            zone={zone}
            precision="seconds"
          />
        </p>
      </Alert>
      {comparison !== undefined && <HashVerdict context={context} comparison={comparison} />}
      <Compare context={context} receipt={receipt} />
      <article class="slip" aria-labelledby="says">
        <h2 id="says">{t.verify.says}</h2>
        <SlipHead language={language} zone={zone} receipt={receipt} />
        {!receipt.finishedBySubmitter && (
          <Alert kind="warning">
            <p>{t.receipt.unfinished}</p>
          </Alert>
        )}
        <SlipFiles language={language} zone={zone} receipt={receipt} />
      </article>
    </>
  );
};

const HashVerdict = ({ context, comparison }: Required<Pick<VerifyPageProps, 'context' | 'comparison'>>) => {
  const words = messagesFor(context.language).public.verify;
  const { matches, sha256 } = comparison;
  if (matches.length === 0)
    return (
      <Alert title={words.hashOther}>
        <Hash value={sha256} />
      </Alert>
    );
  return (
    <Alert kind="good">
      {matches.map(({ number, path }) => (
        <p key={path}>
          {words.hashMatches({ number })} <FileName name={path} />
        </p>
      ))}
    </Alert>
  );
};

const Compare = ({ context, receipt }: { context: PageContext; receipt: VerifiedReceipt }) => {
  const { language, assets } = context;
  const words = messagesFor(language).public.verify;
  const setup: CompareSetup = {
    language,
    messages: words.compare,
    workerPath: assets.scripts['hash-worker'] ?? '',
    files: receipt.files.map((file) => ({ name: visibleName(file.name), sha256: file.sha256 })),
  };
  return (
    <section class="part no-print" aria-labelledby="compare-title">
      <h2 id="compare-title">{words.compareTitle}</h2>
      <noscript>
        <p>{words.compareNoScript}</p>
      </noscript>
      <div class="needs-script">
        <Field id={compareInputId} label={words.compareLabel} hint={words.compareText}>
          <input id={compareInputId} type="file" multiple aria-describedby={`${compareInputId}-hint`} />
        </Field>
        <ul id={compareListId} class="compared" />
        <output id={compareStatusId} class="visually-hidden" />
      </div>
      <JsonBlock id={compareSetupId} value={setup} />
    </section>
  );
};

const CheckForm = ({ context, text, sha256, isMissing, isNoHash, failure, ...result }: VerifyPageProps) => {
  const t = messagesFor(context.language);
  const words = t.public.verify;
  const isFirst = result.receipt === undefined && result.reason === undefined;
  return (
    <form method="post" action="/verify" encType="multipart/form-data" class="part check-form no-print">
      {!isFirst && <h2>{words.again}</h2>}
      {failure !== undefined && (
        <Alert>
          <p>{t.failure[failure.code](failure.params ?? {})}</p>
        </Alert>
      )}
      <TextField
        id="receipt"
        name="receipt"
        rows={10}
        label={words.receiptLabel}
        hint={words.receiptHint}
        problem={isMissing ? words.missing : undefined}
        value={text}
      />
      <Field id="file" label={words.fileLabel}>
        <input id="file" name="file" type="file" accept=".txt,text/plain" />
      </Field>
      <TextField
        id="sha256"
        name="sha256"
        label={words.sha256Label}
        mark={t.layout.optional}
        hint={words.sha256Hint}
        problem={isNoHash ? words.notSha256 : undefined}
        value={sha256}
        maxLength={200}
        autocomplete="off"
      />
      <button type="submit" class="button">
        {words.submit}
      </button>
    </form>
  );
};

import { Alert, Badge, Hash, Moment } from '../../components/common.tsx';
import { FileName } from '../../components/file-name.tsx';
import { formatBytes, formatCount, messagesFor } from '../../i18n/index.ts';
import type { PageContext } from '../context.ts';
import { Layout } from '../layout.tsx';

export interface ReceiptFile {
  /** As it was sent, with its folders. */
  name: string;
  sizeBytes: number;
  /** 64 hexadecimal digits. */
  sha256: string;
  storedAt: Date;
  state: 'received' | 'stored' | 'imported';
}

export interface ReceiptPageProps {
  context: PageContext;
  receipt: {
    number: string;
    requestTitle: string;
    submitterName: string;
    files: ReceiptFile[];
    sealedAt: Date;
    /** False when it was sealed because nothing came for a while. */
    finishedBySubmitter: boolean;
    late: boolean;
    signature: string;
  };
}

/** The receipt, whole: to read, to print, to keep. Names, sizes, hashes and times; never contents. */
export const ReceiptPage = ({ context, receipt }: ReceiptPageProps) => {
  const { language, zone } = context;
  const t = messagesFor(language);
  const words = t.public.receipt;
  return (
    <Layout context={context} title={`${words.title} ${receipt.number}`} scripts={['page']}>
      <article class="slip">
        <h1>{words.title}</h1>
        <dl class="slip-head">
          <div>
            <dt>{words.number}</dt>
            <dd class="number">{receipt.number}</dd>
          </div>
          <div>
            <dt>{words.request}</dt>
            <dd>{receipt.requestTitle}</dd>
          </div>
          <div>
            <dt>{words.from}</dt>
            <dd>
              <bdi>{receipt.submitterName}</bdi>
            </dd>
          </div>
          <div>
            <dt>{words.sealedAt}</dt>
            <dd>
              <Moment language={language} at={receipt.sealedAt} zone={zone} precision="seconds" />
            </dd>
          </div>
        </dl>
        {receipt.late && (
          <p>
            <Badge kind="busy">{words.late}</Badge>
          </p>
        )}
        {!receipt.finishedBySubmitter && (
          <Alert kind="warning">
            <p>{words.unfinished}</p>
          </Alert>
        )}
        <Files context={context} files={receipt.files} />
        <div class="slip-signature">
          <h2>{words.signature}</h2>
          <code class="hash">{receipt.signature}</code>
          <p class="hint">{words.signatureText}</p>
        </div>
        <span class="stamp" aria-hidden="true">
          受取
        </span>
      </article>
      <p class="quiet">{words.keep}</p>
      <p class="needs-script no-print">
        <button type="button" class="button button-plain" data-print>
          {t.layout.print}
        </button>
      </p>
    </Layout>
  );
};

const Files = ({ context, files }: { context: PageContext; files: ReceiptFile[] }) => {
  const { language, zone } = context;
  const words = messagesFor(language).public.receipt;
  const total = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  return (
    <>
      <ol class="slip-files">
        {files.map((file) => (
          <li key={file.name}>
            <div class="slip-line">
              <FileName name={file.name} />
              <span>{formatBytes(language, file.sizeBytes)}</span>
            </div>
            <p class="slip-facts">
              <span class={`tick tick-${file.state}`}>{words.state[file.state]}</span>
              <span>{words.exactBytes({ bytes: formatCount(language, file.sizeBytes) })}</span>
              <Moment language={language} at={file.storedAt} zone={zone} precision="seconds" />
            </p>
            <p class="slip-hash">
              <span class="quiet">{words.sha256}</span> <Hash value={file.sha256} />
            </p>
          </li>
        ))}
      </ol>
      <p class="slip-total">{words.files({ count: files.length, size: formatBytes(language, total) })}</p>
    </>
  );
};

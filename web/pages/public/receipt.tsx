import { Alert } from '../../components/common.tsx';
import { SlipFiles, SlipHead, type SlipReceipt } from '../../components/slip.tsx';
import { messagesFor } from '../../i18n/index.ts';
import type { PageContext } from '../context.ts';
import { Layout } from '../layout.tsx';

export interface ReceiptPageProps {
  context: PageContext;
  receipt: SlipReceipt & { signature: string };
  /** Where the receipt is as text. */
  textPath: string;
  /** Whole, as it stands on paper: where anybody can check it. */
  verifyUrl: string;
}

/** The receipt, whole: to read, to print, to keep. Names, sizes, hashes and times; never contents. */
export const ReceiptPage = ({ context, receipt, textPath, verifyUrl }: ReceiptPageProps) => {
  const { language, zone } = context;
  const t = messagesFor(language);
  const words = t.public.receipt;
  return (
    <Layout context={context} title={`${words.title} ${receipt.number}`} scripts={['page']}>
      <article class="slip">
        <h1>{words.title}</h1>
        <SlipHead language={language} zone={zone} receipt={receipt} />
        {!receipt.finishedBySubmitter && (
          <Alert kind="warning">
            <p>{words.unfinished}</p>
          </Alert>
        )}
        <SlipFiles language={language} zone={zone} receipt={receipt} />
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
      <p class="quiet">{words.keep}</p>
      <p class="actions no-print">
        <a class="button button-plain" href={textPath} download>
          {words.asText}
        </a>
        <button type="button" class="button button-plain needs-script" data-print>
          {t.layout.print}
        </button>
      </p>
    </Layout>
  );
};

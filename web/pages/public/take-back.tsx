import { FileName } from '../../components/file-name.tsx';
import type { TakeBackFile } from '../../components/own-receipt.tsx';
import { formatBytes, messagesFor } from '../../i18n/index.ts';
import type { PageContext } from '../context.ts';
import { Layout } from '../layout.tsx';

export interface TakeBackPageProps {
  context: PageContext;
  files: TakeBackFile[];
  /** Whether there is a receipt yet. */
  isSealed: boolean;
  /** Whether the request still takes files. */
  mayAdd: boolean;
  receiptPath: string;
}

/** What taking files back means, said before it is done. POSTs `file` to `{receiptPath}/take-back`. */
export const TakeBackPage = ({ context, files, isSealed, mayAdd, receiptPath }: TakeBackPageProps) => {
  const { language } = context;
  const words = messagesFor(language).public.receipt.own.confirm;
  return (
    <Layout context={context} title={words.title}>
      <h1>{words.title}</h1>
      <p>{words.files}</p>
      <ul class="slip-files">
        {files.map(({ uploadId, name, sizeBytes }) => (
          <li key={uploadId}>
            <div class="slip-line">
              <FileName name={name} />
              <span>{formatBytes(language, sizeBytes)}</span>
            </div>
          </li>
        ))}
      </ul>
      <ul class="means take-back-means">
        <li>{words.notHandedOn}</li>
        <li>{words.deleted}</li>
        {isSealed && <li>{words.reissued}</li>}
        <li>{mayAdd ? words.noWayBack : words.noWayBackClosed}</li>
      </ul>
      <form method="post" action={`${receiptPath}/take-back`} class="actions">
        {files.map(({ uploadId }) => (
          <input key={uploadId} type="hidden" name="file" value={uploadId} />
        ))}
        <button type="submit" class="button">
          {words.submit}
        </button>
        <a class="button button-plain" href={receiptPath}>
          {words.keep}
        </a>
      </form>
    </Layout>
  );
};

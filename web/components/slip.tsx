import { formatBytes, formatCount, type Language, messagesFor } from '../i18n/index.ts';
import { Badge, Hash, Moment } from './common.tsx';
import { FileName } from './file-name.tsx';
import { Steps } from './steps.tsx';
import { visibleName } from './visible-name.ts';

export interface SlipFile {
  /** As it was sent, with its folders. */
  name: string;
  /** Label of the checklist item that it was sent for. */
  item?: string;
  sizeBytes: number;
  /** 64 hexadecimal digits. */
  sha256: string;
  storedAt: Date;
  /** Left out where nothing but the receipt is known. */
  state?: 'stored' | 'imported' | undefined;
  importedAt?: Date;
}

export interface SlipReceipt {
  number: string;
  /** The number of the one that it adds to. */
  supplementOf?: string | undefined;
  requestTitle: string;
  /** Who received. */
  organisation?: string | undefined;
  submitterName: string;
  files: SlipFile[];
  sealedAt: Date;
  issuedAt: Date;
  /** False when it was sealed without its submitter finishing it. */
  finishedBySubmitter: boolean;
  late: boolean;
  /** Taken back since it was sealed. */
  withdrawn: { name: string; at: Date }[];
}

interface SlipProps {
  language: Language;
  zone: string;
  receipt: SlipReceipt;
  /** Whether files are handed on at all. */
  handsOn?: boolean;
}

/** What a receipt says of the whole. */
export const SlipHead = ({ language, zone, receipt }: SlipProps) => {
  const words = messagesFor(language).public.receipt;
  return (
    <>
      <dl class="slip-head">
        <div>
          <dt>{words.number}</dt>
          <dd class="number">{receipt.number}</dd>
        </div>
        {receipt.supplementOf !== undefined && (
          <div>
            <dt>{words.supplementOf}</dt>
            <dd>{receipt.supplementOf}</dd>
          </div>
        )}
        <div>
          <dt>{words.request}</dt>
          <dd>
            <bdi>{visibleName(receipt.requestTitle)}</bdi>
          </dd>
        </div>
        {receipt.organisation !== undefined && (
          <div>
            <dt>{words.organisation}</dt>
            <dd>
              <bdi>{visibleName(receipt.organisation)}</bdi>
            </dd>
          </div>
        )}
        <div>
          <dt>{words.from}</dt>
          <dd>
            <bdi>{visibleName(receipt.submitterName)}</bdi>
          </dd>
        </div>
        <div>
          <dt>{receipt.finishedBySubmitter ? words.sealedAt : words.endedAt}</dt>
          <dd>
            <Moment language={language} at={receipt.sealedAt} zone={zone} precision="seconds" />
          </dd>
        </div>
        {receipt.issuedAt > receipt.sealedAt && (
          <div>
            <dt>{words.issuedAt}</dt>
            <dd>
              <Moment language={language} at={receipt.issuedAt} zone={zone} precision="seconds" />
            </dd>
          </div>
        )}
      </dl>
      {receipt.late && (
        <p>
          <Badge kind="busy">{words.late}</Badge>
        </p>
      )}
    </>
  );
};

/** What a receipt says of each file, and their sum. */
export const SlipFiles = ({ language, zone, handsOn = false, receipt: { files, withdrawn } }: SlipProps) => {
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
            {file.item !== undefined && (
              <p class="slip-item">
                <span class="quiet">{words.item}</span> <bdi>{visibleName(file.item)}</bdi>
              </p>
            )}
            <p class="slip-facts">
              <span>{words.exactBytes({ bytes: formatCount(language, file.sizeBytes) })}</span>
              {file.state === undefined && (
                <Moment language={language} at={file.storedAt} zone={zone} precision="seconds" />
              )}
            </p>
            {file.state !== undefined && (
              <Steps
                language={language}
                zone={zone}
                handsOn={handsOn}
                file={{ ...file, state: file.state }}
              />
            )}
            <p class="slip-hash">
              <span class="quiet">{words.sha256}</span> <Hash value={file.sha256} />
            </p>
          </li>
        ))}
        {withdrawn.map((file) => (
          <li key={`withdrawn ${file.name}`} class="slip-withdrawn">
            <FileName name={file.name} />
            <p class="slip-facts">
              <span>{words.state.withdrawn}</span>
              <Moment language={language} at={file.at} zone={zone} precision="seconds" />
            </p>
          </li>
        ))}
      </ol>
      <p class="slip-total">{words.files({ count: files.length, size: formatBytes(language, total) })}</p>
    </>
  );
};

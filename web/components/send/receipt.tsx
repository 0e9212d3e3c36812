import { formatBytes, formatCount } from '../../i18n/format.ts';
import { fill } from '../../i18n/template.ts';
import type { ReceiptView } from '../../sending/view.ts';
import { Hash } from '../common.tsx';
import { FileName } from '../file-name.tsx';
import { receiptHeadingId, type SendSetup } from './setup.ts';

/** “Everything” only where it is everything. */
export const receiptTitle = ({ messages, language }: SendSetup, { files }: ReceiptView): string => {
  const received = files.filter(({ words }) => words === undefined).length;
  return received === files.length
    ? messages.receipt.title
    : fill(language, messages.receipt.partTitle, {
        count: formatCount(language, received),
        files: formatCount(language, files.length),
      });
};

/** The receipt in place, as soon as everything is stored. The whole one, signed, is a page of its own. */
export const SealedReceipt = ({ setup, receipt }: { setup: SendSetup; receipt: ReceiptView }) => {
  const words = setup.messages.receipt;
  return (
    <section class="slip" aria-labelledby={receiptHeadingId}>
      <h2 id={receiptHeadingId} tabIndex={-1}>
        {receiptTitle(setup, receipt)}
      </h2>
      {setup.supplement !== undefined && (
        <p>{fill(setup.language, setup.messages.you.supplement, { number: setup.supplement.number })}</p>
      )}
      {receipt.files.some((file) => file.words !== undefined) ? (
        <>
          <p>{words.partText}</p>
          <p>{receipt.isClosed ? words.partClosed : words.partRest}</p>
        </>
      ) : (
        <p>{words.text}</p>
      )}
      <dl class="slip-head">
        <div>
          <dt>{words.number}</dt>
          <dd class="number">{receipt.number}</dd>
        </div>
      </dl>
      <ol class="slip-files">
        {receipt.files.map((file, index) => (
          <li key={String(index)}>
            <div class="slip-line">
              <FileName name={file.name} />
              <span>{formatBytes(setup.language, file.sizeBytes)}</span>
            </div>
            {file.sha256 !== undefined && (
              <p class="slip-hash">
                <span class="quiet">{words.sha256}</span> <Hash value={file.sha256} />
              </p>
            )}
            {file.words !== undefined && (
              <p class="problem">
                {words.notStored}: {file.words}
              </p>
            )}
          </li>
        ))}
      </ol>
      {receipt.url !== undefined && (
        <>
          <p>
            <a class="button" href={receipt.url}>
              {words.open}
            </a>
          </p>
          <p class="hint">{words.openText}</p>
        </>
      )}
      <p class="hint">
        <a href={setup.verifyPath}>{words.verify}</a>
      </p>
      <span class="stamp" aria-hidden="true">
        受取
      </span>
    </section>
  );
};

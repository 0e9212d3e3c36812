import { z } from 'zod';
import { formatBytes, formatMoment, type Language, messagesFor } from '../../web/i18n/index.ts';
import { type Letter, renderLetter } from './letter.ts';

/**
 * All of a receipt that a mail may tell. The address may be a stranger's, typed by mistake or to harm: nothing that the
 * submitter wrote is here, neither their name nor a name of a file, and no link to a page that shows them.
 */
const told = z.object({
  number: z.string(),
  request: z.object({ title: z.string(), organisation: z.string().optional() }),
  sealedAt: z.iso.datetime(),
  late: z.boolean(),
  finishedBySubmitter: z.boolean(),
  files: z.array(z.object({ sizeBytes: z.number() })),
});

/**
 * @param receiptText as it was signed
 * @param zone IANA name of the zone in which the moment is told
 */
export const receiptLetter = (language: Language, receiptText: string, zone: string): Letter => {
  const receipt = told.parse(JSON.parse(receiptText));
  const { organisation } = receipt.request;
  const t = messagesFor(language);
  const words = t.mail.receipt;
  const labels = t.public.receipt;
  const totalBytes = receipt.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const files = labels.files({ count: receipt.files.length, size: formatBytes(language, totalBytes) });
  const text = (line: string) => ({ kind: 'text' as const, text: line });
  return renderLetter(words.subject({ number: receipt.number }), [
    {
      language,
      blocks: [
        text(words.intro),
        {
          kind: 'facts',
          facts: [
            { label: labels.number, value: receipt.number },
            { label: labels.request, value: receipt.request.title },
            ...(organisation === undefined ? [] : [{ label: labels.organisation, value: organisation }]),
            { label: words.files, value: files },
            { label: labels.sealedAt, value: formatMoment(language, new Date(receipt.sealedAt), zone) },
          ],
        },
        ...(receipt.late ? [text(labels.late)] : []),
        ...(receipt.finishedBySubmitter ? [] : [text(labels.unfinished)]),
        text(words.keep),
        text(words.stranger),
        text(t.mail.automatic),
      ],
    },
  ]);
};

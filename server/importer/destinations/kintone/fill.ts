import type { Delivery } from '../destination.ts';

/** `{request.title}`, `{answer:customer}`, `{late:はい|いいえ}`: what is in braces. */
const placeholder = /\{([^{}]*)(\}?)/g;

const known = /^(request\.(title|id)|receipt|submitter\.(name|email)|message|answers|files|sealedAt)$/;
const answer = /^answer:(.+)$/s;
const either = /^(late|finished)(?::([^|]*)\|([^|]*))?$/s;

/** Anything in braces that is no placeholder, unclosed ones too. */
export const unknownIn = (template: string): string[] =>
  [...template.matchAll(placeholder)]
    .filter(
      ([, name = '', end]) => end === '' || ![known, answer, either].some((pattern) => pattern.test(name)),
    )
    .map(([whole]) => whole);

/**
 * Fills a text in for a delivery. An answer that the request doesn't ask for is empty.
 * @param nameOf what a file is called in kintone
 */
export const fillText = (template: string, delivery: Delivery, nameOf: (fileId: string) => string): string =>
  template.replaceAll(placeholder, (_, name: string) => {
    const [, key] = answer.exec(name) ?? [];
    if (key !== undefined) return delivery.answers.find((given) => given.key === key)?.value ?? '';
    const [, flag, yes = 'yes', no = 'no'] = either.exec(name) ?? [];
    if (flag !== undefined)
      return (flag === 'late' ? delivery.late : delivery.finishedBySubmitter) ? yes : no;
    return valueOf(name, delivery, nameOf);
  });

const valueOf = (name: string, delivery: Delivery, nameOf: (fileId: string) => string): string => {
  switch (name) {
    case 'request.title':
      return delivery.request.title;
    case 'request.id':
      return delivery.request.id;
    case 'receipt':
      return delivery.receiptNumber;
    case 'submitter.name':
      return delivery.submitter.name;
    case 'submitter.email':
      return delivery.submitter.email ?? '';
    case 'message':
      return delivery.message;
    case 'answers':
      return delivery.answers.map(({ label, value }) => `${label}: ${value}`).join('\n');
    case 'files':
      return delivery.files
        .map(({ id, sizeBytes, sha256 }) => `${nameOf(id)} (${sizeBytes} bytes, SHA-256 ${sha256})`)
        .join('\n');
    case 'sealedAt':
      return delivery.sealedAt.toISOString().replace(/\.\d+Z$/, 'Z');
    default:
      throw new Error(`no placeholder ${name}`);
  }
};

import type { Receipt, ReceiptFile } from './receipt.ts';
import { type ReceiptLanguage, receiptLanguages, receiptWords } from './receipt-words.ts';

/**
 * A receipt as text that people read and machines read back. Canonical: a text is one only if what it says, written
 * again, is the same text, so that no byte of it can be changed, moved or added unnoticed. Every word that comes from
 * outside is a JSON string on the line of its label, in which nothing is invisible: it can't end its line, nor look
 * as if it had. Moments are written with their distance from UTC.
 */
export interface WrittenReceipt {
  receipt: Receipt;
  /** base64url, over `receiptText(receipt)`. */
  signature: string;
  language: ReceiptLanguage;
  /** Minutes that the clock of the text is ahead of UTC at a moment. */
  aheadMinutes: (moment: string) => number;
}

const versions = ['1', '2'] as const;
type Version = (typeof versions)[number];

const versionOf = ({ format }: Receipt): Version => (format === 'uketori-receipt/1' ? '1' : '2');

const isEmptied = ({ files, withdrawn = [] }: Receipt): boolean => files.length === 0 && withdrawn.length > 0;

const mostAheadMinutes = 14 * 60;

export const writeReceiptText = ({ receipt, signature, language, aheadMinutes }: WrittenReceipt): string => {
  const words = receiptWords[language];
  const at = (moment: string) => writeMoment(moment, aheadMinutes(moment));
  const line = (label: string, value: string) => `${label}: ${value}`;
  const bytes = (count: number) => `${count} ${words.bytes}`;
  const answer = (isSo: boolean) => (isSo ? words.yes : words.no);
  const total = receipt.files.reduce((sum, file) => sum + file.sizeBytes, 0);
  return [
    titleLine(language, versionOf(receipt)),
    '',
    line(words.number, receipt.number),
    ...(receipt.supplementOf === undefined ? [] : [line(words.supplementOf, receipt.supplementOf)]),
    line(words.requestId, receipt.request.id),
    line(words.request, quoted(receipt.request.title)),
    ...(receipt.request.organisation === undefined
      ? []
      : [line(words.organisation, quoted(receipt.request.organisation))]),
    line(words.from, quoted(receipt.submitter.name)),
    line(words.sealedAt, at(receipt.sealedAt)),
    ...(receipt.issuedAt === undefined ? [] : [line(words.issuedAt, at(receipt.issuedAt))]),
    line(words.late, answer(receipt.late)),
    line(words.finished, answer(receipt.finishedBySubmitter)),
    line(words.files, `${receipt.files.length} (${bytes(total)})`),
    ...(isEmptied(receipt) ? [line(words.note, words.emptied)] : []),
    ...receipt.files.flatMap((file, index) => [
      '',
      line(`${words.file} ${index + 1}`, quoted(file.path)),
      ...(file.sentName === lastOf(file.path) ? [] : [line(words.sentAs, quoted(file.sentName))]),
      ...(file.item === undefined ? [] : [line(words.item, quoted(file.item))]),
      line(words.size, bytes(file.sizeBytes)),
      line(words.sha256, file.sha256),
      line(words.storedAt, at(file.storedAt)),
    ]),
    ...(receipt.withdrawn ?? []).flatMap((file, index) => [
      '',
      line(`${words.withdrawn} ${index + 1}`, quoted(file.path)),
      line(words.withdrawnAt, at(file.at)),
    ]),
    '',
    line(words.signature, signature),
    '',
  ].join('\n');
};

/**
 * What a text says, whoever wrote it: the signature is not looked at. A mark of byte order, line ends of Windows and
 * empty lines around the text are what copying and saving add, and are overlooked.
 * @returns undefined for what is no such text to the last byte
 */
export const readReceiptText = (given: string): Omit<WrittenReceipt, 'aheadMinutes'> | undefined => {
  const text = `${withoutEmptyEnds(given.replaceAll('\r\n', '\n'))}\n`;
  const [title] = text.split('\n', 1);
  const [kind] = kinds.filter((each) => titleLine(each.language, each.version) === title);
  if (kind === undefined) return undefined;
  try {
    const read = readLines(text.split('\n'), kind);
    return writeReceiptText(read) === text ? read : undefined;
  } catch (error) {
    if (error instanceof Unreadable) return undefined;
    throw error;
  }
};

class Unreadable extends Error {}

interface Kind {
  language: ReceiptLanguage;
  version: Version;
}

const kinds: Kind[] = receiptLanguages.flatMap((language) =>
  versions.map((version) => ({ language, version })),
);

const titleLine = (language: ReceiptLanguage, version: Version): string =>
  `${receiptWords[language].title} (uketori-receipt-text/${version} ${language})`;

const readLines = (lines: string[], { language, version }: Kind): WrittenReceipt => {
  const words = receiptWords[language];
  const ahead = new Map<string, number>();
  let next = 2;
  const isNext = (label: string) => lines[next]?.startsWith(`${label}: `) === true;
  const take = (label: string, pattern: RegExp): string => {
    const value = isNext(label) ? lines[next]?.slice(label.length + 2) : undefined;
    if (value === undefined || !pattern.test(value)) throw new Unreadable();
    next += 1;
    return value;
  };
  const takeWords = (label: string) => unquoted(take(label, /^".*"$/));
  const takeAnswer = (label: string) => take(label, /^/) === words.yes;
  const takeMoment = (label: string) => {
    const { moment, aheadMinutes } = readMoment(take(label, /^/));
    ahead.set(moment, aheadMinutes);
    return moment;
  };
  const takeFile = (label: string): ReceiptFile => {
    const path = takeWords(label);
    return {
      sentName: isNext(words.sentAs) ? takeWords(words.sentAs) : lastOf(path),
      path,
      ...(isNext(words.item) ? { item: takeWords(words.item) } : {}),
      sizeBytes: Number(take(words.size, /^\d{1,16} /).replace(/ .*$/, '')),
      sha256: take(words.sha256, /^[0-9a-f]{64}$/),
      storedAt: takeMoment(words.storedAt),
    };
  };
  const isFirst = version === '1';
  const receipt: Receipt = {
    format: `uketori-receipt/${version}`,
    number: take(words.number, /^[\w-]+$/),
    ...(!isFirst && isNext(words.supplementOf) ? { supplementOf: take(words.supplementOf, /^[\w-]+$/) } : {}),
    request: {
      id: take(words.requestId, /^[\w-]+$/),
      title: takeWords(words.request),
      ...(!isFirst && isNext(words.organisation) ? { organisation: takeWords(words.organisation) } : {}),
    },
    submitter: { name: takeWords(words.from) },
    sealedAt: takeMoment(words.sealedAt),
    ...(isFirst ? {} : { issuedAt: takeMoment(words.issuedAt) }),
    late: takeAnswer(words.late),
    finishedBySubmitter: takeAnswer(words.finished),
    files: [],
    ...(isFirst ? {} : { withdrawn: [] }),
  };
  take(words.files, /^/);
  if (isNext(words.note)) take(words.note, /^/);
  next += 1;
  for (let number = 1; isNext(`${words.file} ${number}`); number += 1) {
    receipt.files.push(takeFile(`${words.file} ${number}`));
    next += 1;
  }
  for (let number = 1; isNext(`${words.withdrawn} ${number}`); number += 1) {
    const path = takeWords(`${words.withdrawn} ${number}`);
    if (receipt.withdrawn === undefined) throw new Unreadable();
    receipt.withdrawn.push({ path, at: takeMoment(words.withdrawnAt) });
    next += 1;
  }
  const signature = take(words.signature, /^[\w-]+$/);
  return { receipt, signature, language, aheadMinutes: (moment) => ahead.get(moment) ?? 0 };
};

/**
 * Characters that are not seen, or change how others are: control, direction, zero width, joining, variation, other
 * spaces, halves of a pair; and marks that a normalisation on the way could merge with the letter before. Ranges and
 * no properties of Unicode: those grow, and a text that is canonical today must be so in ten years.
 */
const ranges = String.raw`\u007f-\u00a0\u00ad\u0300-\u036f\u061c\u1100-\u11ff\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3099\u309a\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\u{e0000}-\u{e0fff}`;
const unseen = new RegExp(`[${ranges}]|[ \\u3000]{2,}`, 'gu');

/** One line whatever is in it. More than one space in a row is spelt out too: it could push words to the next line. */
export const quoted = (words: string): string =>
  JSON.stringify(words).replaceAll(unseen, (found) =>
    Array.from(
      { length: found.length },
      (_, index) => `\\u${found.charCodeAt(index).toString(16).padStart(4, '0')}`,
    ).join(''),
  );

const unquoted = (value: string): string => {
  try {
    return JSON.parse(value) as string;
  } catch {
    throw new Unreadable();
  }
};

/** `2026-11-22 17:00:00.123 +09:00` */
const writeMoment = (moment: string, aheadMinutes: number): string => {
  const clock = new Date(Date.parse(moment) + aheadMinutes * 60_000).toISOString();
  const two = (count: number) => String(count).padStart(2, '0');
  const distance = Math.abs(aheadMinutes);
  const sign = aheadMinutes < 0 ? '-' : '+';
  return `${clock.slice(0, 10)} ${clock.slice(11, 23)} ${sign}${two(Math.floor(distance / 60))}:${two(distance % 60)}`;
};

const readMoment = (value: string): { moment: string; aheadMinutes: number } => {
  const found = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d\.\d{3}) ([+-])(\d\d):(\d\d)$/.exec(value);
  if (found === null) throw new Unreadable();
  const [, day, time, sign, hours, minutes] = found;
  const aheadMinutes = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
  const clockMs = Date.parse(`${day}T${time}Z`);
  if (Number.isNaN(clockMs) || Math.abs(aheadMinutes) > mostAheadMinutes) throw new Unreadable();
  return { moment: new Date(clockMs - aheadMinutes * 60_000).toISOString(), aheadMinutes };
};

const lastOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** By hand: a pattern for the end would look at every run of empty lines from each of its places. */
const withoutEmptyEnds = (text: string): string => {
  let start = text.startsWith('\ufeff') ? 1 : 0;
  let end = text.length;
  while (text[start] === '\n') start += 1;
  while (end > start && text[end - 1] === '\n') end -= 1;
  return text.slice(start, end);
};

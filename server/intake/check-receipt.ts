import { sameText } from '../lib/same-text.ts';
import { offsetMs } from '../lib/zones.ts';
import type { Intake, ReceiptSigner } from './context.ts';
import { parseReceipt, type Receipt, receiptText } from './rules/receipt.ts';
import { readReceiptText, writeReceiptText } from './rules/receipt-text.ts';
import type { ReceiptLanguage } from './rules/receipt-words.ts';

/** A longer one is checked on the command line; some ten thousand files. */
export const maxReceiptTextBytes = 4 * 1024 * 1024;

export type ReceiptVerdict =
  | { genuine: true; receipt: Receipt }
  /** `unreadable`: no receipt to the last byte. `signature`: well written, but not by this installation. */
  | { genuine: false; reason: 'unreadable' | 'signature' };

/**
 * Whether a receipt as text was issued with this key and is whole. Asks nothing but the key, so it can tell nothing
 * that the text does not say.
 */
export const checkReceipt = (receipts: ReceiptSigner, given: string | Uint8Array): ReceiptVerdict => {
  const text = typeof given === 'string' ? given : decoded(given);
  const read = text === undefined ? undefined : readReceiptText(text);
  if (read === undefined) return { genuine: false, reason: 'unreadable' };
  return isCanonical(read.signature) && receipts.verify(receiptText(read.receipt), read.signature)
    ? { genuine: true, receipt: read.receipt }
    : { genuine: false, reason: 'signature' };
};

/** The files of a receipt whose content has this hash, by their numbers from 1. */
export const filesWith = (receipt: Receipt, sha256: string): { number: number; path: string }[] =>
  receipt.files.flatMap((file, index) =>
    sameText(file.sha256, sha256.toLowerCase()) ? [{ number: index + 1, path: file.path }] : [],
  );

/** @param signed the text that was signed @throws Error for one that could not be read back */
export const receiptAsText = (
  { zone, receipts }: Pick<Intake, 'zone' | 'receipts'>,
  signed: { text: string; signature: string },
  language: ReceiptLanguage,
): string => {
  const text = writeReceiptText({
    receipt: parseReceipt(signed.text),
    signature: signed.signature,
    language,
    aheadMinutes: aheadIn(zone),
  });
  if (!checkReceipt(receipts, text).genuine) throw new Error('the receipt could not be read back');
  return text;
};

/** Clocks change at quarters of an hour at the most, and the files of a receipt are mostly stored within few. */
const aheadIn = (zone: string): ((moment: string) => number) => {
  const quarterMs = 15 * 60_000;
  const known = new Map<number, number>();
  return (moment) => {
    const quarter = Math.floor(Date.parse(moment) / quarterMs);
    const ahead = known.get(quarter) ?? Math.round(offsetMs(quarter * quarterMs, zone) / 60_000);
    known.set(quarter, ahead);
    return ahead;
  };
};

/** Bytes that are no UTF-8 would otherwise all look alike. */
const decoded = (bytes: Uint8Array): string | undefined => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
};

/** The last digit of a signature has room for bits that mean nothing, and decoders pass over what is no digit. */
const isCanonical = (signature: string): boolean =>
  Buffer.from(signature, 'base64url').toString('base64url') === signature;

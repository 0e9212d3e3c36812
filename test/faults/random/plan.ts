import { Content } from './content.ts';
import type { Dice } from './dice.ts';

/** What one file is, and how it is sent. */
export interface FilePlan {
  name: string;
  /** The folder it was picked with; '' for none. */
  folder: string;
  content: Content;
  /** `checked`: in pieces that have a checksum each. */
  way: 'whole' | 'pieces' | 'checked';
  /** About how many bytes a piece has. */
  pieceBytes: number;
  /** The first bytes come with the creation. */
  withCreation: boolean;
  /** When the length is said: with the creation, with the first bytes, with the last, or after them. */
  length: 'at-once' | 'first' | 'last' | 'after';
  claimsHash: boolean;
  tellsTime: boolean;
  /** `withdraw`: the client takes it back; `vanish`: it is not heard of again. */
  ending: 'finish' | 'withdraw' | 'vanish';
  /** When a client that leaves does so; sooner when all has been sent. */
  leavesAfterMs: number;
}

export interface SubmissionPlan {
  files: FilePlan[];
  /** After a file was taken back: the same again under its name, or another, or nothing. */
  afterwards: 'nothing' | 'same' | 'other';
  atOnce: number;
  /** Undefined: as fast as it goes. */
  bytesPerSecond: number | undefined;
  /** After such a silence the client takes its line for dead. */
  stallMs: number;
  pauseMs: number;
}

const speeds = [undefined, undefined, 10_000_000, 1_000_000, 50_000];
const sizes = [
  { bytes: 0, weight: 1 },
  { bytes: 1, weight: 1 },
  { bytes: 100_000, weight: 4 },
  { bytes: 5_000_000, weight: 5 },
  { bytes: 40_000_000, weight: 3 },
  { bytes: 150_000_000, weight: 0.6 },
];
/** What a fast client may reach, for the guess how long it takes. */
const fastBytesPerSecond = 20_000_000;
const longestMs = 40_000;
const mostCheckedBytes = 12_000_000;
const names = ['scan.bin', '報告書.pdf', 'IMG.JPG', 'résumé.docx', 'data set.csv'];

/** @param mostBytes of one file */
export const planSubmission = (dice: Dice, mostBytes: number): SubmissionPlan => {
  const bytesPerSecond = dice.pick(speeds);
  const count = dice.whole(1, 5);
  const files: FilePlan[] = [];
  let restMs = longestMs * 1.5;
  for (let n = 1; n <= count; n += 1) {
    const file = planFile(dice, { n, bytesPerSecond, mostMs: Math.min(restMs, longestMs), mostBytes });
    restMs -= durationMs(file.content.sizeBytes, bytesPerSecond);
    files.push(file);
  }
  if (dice.chance(0.1)) dice.pick(files).ending = 'vanish';
  return {
    files,
    afterwards: dice.pick(['nothing', 'same', 'same', 'other']),
    atOnce: dice.whole(1, 3),
    bytesPerSecond,
    stallMs: dice.between(10_000, 20_000),
    pauseMs: dice.between(0, 2_000),
  };
};

const durationMs = (bytes: number, bytesPerSecond = fastBytesPerSecond): number =>
  (bytes * 1000) / bytesPerSecond;

const planFile = (
  dice: Dice,
  given: { n: number; bytesPerSecond: number | undefined; mostMs: number; mostBytes: number },
): FilePlan => {
  const { n, bytesPerSecond, mostMs, mostBytes } = given;
  const possible = sizes.filter(
    ({ bytes }) => bytes <= mostBytes && durationMs(bytes, bytesPerSecond) <= mostMs,
  );
  const { bytes } = dice.weighted(possible.length > 0 ? possible : sizes.slice(0, 1), ({ weight }) => weight);
  const sizeBytes = bytes < 2 || dice.chance(0.3) ? bytes : Math.round(bytes * dice.between(0.5, 1.2));
  const way = dice.pick(['whole', 'whole', 'pieces', 'pieces', 'checked'] as const);
  const pieceBytes = Math.max(1, Math.ceil(sizeBytes / dice.whole(2, 16)));
  return {
    name: dice.pick(names).replace('.', `-${n}.`),
    folder: dice.chance(0.2) ? '2026/証憑' : '',
    content: new Content(dice, sizeBytes),
    way,
    pieceBytes: way === 'checked' ? Math.min(pieceBytes, mostCheckedBytes) : pieceBytes,
    withCreation: dice.chance(0.25),
    length: dice.chance(0.8) ? 'at-once' : dice.pick(['first', 'last', 'after']),
    claimsHash: dice.chance(0.3),
    tellsTime: dice.chance(0.3),
    ending: dice.chance(0.12) ? 'withdraw' : 'finish',
    leavesAfterMs: dice.between(50, durationMs(sizeBytes, bytesPerSecond) * 1.3 + 3_000),
  };
};

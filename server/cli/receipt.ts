import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { composeReceipts } from '../compose/intake.ts';
import { parseConfig } from '../config/config.ts';
import { readEnvironment } from '../config/environment.ts';
import { secretKeyPath } from '../config/secret-key.ts';
import { checkReceipt, filesWith } from '../intake/check-receipt.ts';
import { issuedAtOf, type Receipt } from '../intake/rules/receipt.ts';
import { quoted } from '../intake/rules/receipt-text.ts';
import { StartError } from '../start/surroundings.ts';
import { parse, UsageError } from './usage.ts';

const reasons = {
  unreadable: 'it is no receipt as text, or a part of it was changed or left out',
  signature: 'its signature is not of this installation, or what it says was changed',
} as const;

/** Whether a receipt is genuine, and which of its files these are. Needs the key alone: no database, no Nextcloud. */
export const verifyReceiptCommand = async (args: string[]): Promise<number> => {
  const [path, ...filePaths] = parse(args, {}).positionals;
  if (path === undefined) throw new UsageError('Expected the text of a receipt. See uketori help.');
  const config = parseConfig(readEnvironment(process.cwd()), process.cwd());
  const receipts = composeReceipts(config);
  if (receipts === undefined)
    throw new StartError(
      `The key of the installation is missing: SECRET_KEY is not set, and there is no ${secretKeyPath(config.dataDir)}. ` +
        'Run this in the folder where Uketori is started, with the same settings.',
    );
  const text = await readFile(path).catch((error: unknown) => {
    throw new StartError(`${quoted(path)} can't be read: ${(error as Error).message}`);
  });
  const verdict = checkReceipt(receipts, text);
  if (!verdict.genuine) {
    console.log(`NOT GENUINE  ${quoted(path)}: ${reasons[verdict.reason]}.`);
    return 1;
  }
  const { receipt } = verdict;
  const { withdrawn = [] } = receipt;
  console.log(
    `genuine      receipt ${receipt.number}, issued ${issuedAtOf(receipt)}, from ${quoted(receipt.submitter.name)}, ` +
      `for ${quoted(receipt.request.title)}, files: ${receipt.files.length}` +
      (withdrawn.length === 0 ? '' : `, taken back: ${withdrawn.map(({ path }) => quoted(path)).join(', ')}`),
  );
  let allMatch = true;
  for (const filePath of filePaths) allMatch = (await compareFile(receipt, filePath)) && allMatch;
  return allMatch ? 0 : 1;
};

const compareFile = async (receipt: Receipt, path: string): Promise<boolean> => {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path), hash);
  } catch (error) {
    console.log(`UNREADABLE   ${quoted(path)}: ${(error as Error).message}`);
    return false;
  }
  const sha256 = hash.digest('hex');
  const matches = filesWith(receipt, sha256);
  if (matches.length === 0)
    console.log(`NOT ON IT    ${quoted(path)}: no file on the receipt has SHA-256 ${sha256}`);
  else
    console.log(
      `is on it     ${quoted(path)}: ${matches.map(({ number, path }) => `file ${number}, ${quoted(path)}`).join('; ')}`,
    );
  return matches.length > 0;
};

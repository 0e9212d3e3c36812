import { listDeliveries } from '../../db/queries/ledger.ts';
import type { DeliveryState } from '../../db/schema/index.ts';
import { messagesFor } from '../../web/i18n/index.ts';
import { deliveriesAsCsv } from '../importer/ledger/csv.ts';
import {
  abandonDelivery,
  releaseHeld,
  replayAll,
  replayDelivery,
  retryDelivery,
  showDelivery,
} from '../importer/ledger/manage-deliveries.ts';
import { mostCsvRows } from '../lib/csv.ts';
import { detailLines, type FailureCode, failureCodes } from '../lib/failure.ts';
import { withInstallation } from './surroundings.ts';
import { oneWord, parse, UsageError } from './usage.ts';

const actor = { name: 'system', teams: 'all' } as const;
const states: readonly DeliveryState[] = ['waiting', 'delivering', 'delivered', 'dead', 'withdrawn'];
/** Of one list; of a table for a spreadsheet. */
const mostListed = 50;

const stateOf = (text: string | undefined): DeliveryState | undefined => {
  if (text === undefined) return undefined;
  const state = states.find((known) => known === text);
  if (state === undefined) throw new UsageError(`--state is one of ${states.join(', ')}.`);
  return state;
};

const minute = (at: Date): string => at.toISOString().slice(0, 16).replace('T', ' ');

/** In words, where the code has some. */
const reason = (code: string | null): string => {
  if (code === null) return '';
  const known = failureCodes.find((each): each is FailureCode => each === code);
  return known === undefined ? code : `${messagesFor('en').failure[known]({})} (${code})`;
};

export const listDeliveriesCommand = async (args: string[]): Promise<number> => {
  const { values } = parse(args, {
    state: { type: 'string' },
    csv: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  });
  const state = stateOf(values.state);
  return withInstallation(async ({ intake }) => {
    const rows = await listDeliveries(
      intake.db,
      { teams: 'all', state },
      { limit: values.csv ? mostCsvRows : mostListed },
    );
    if (values.csv) process.stdout.write(deliveriesAsCsv(rows));
    else if (values.json) console.log(JSON.stringify(rows, null, 2));
    else if (rows.length === 0) console.log('Nothing.');
    else
      for (const { delivery, destination, submission, request, file } of rows) {
        console.log(
          `${delivery.id}  ${minute(delivery.createdAt)}  ${delivery.state.padEnd(10)}  ${submission.receiptNumber} → ${destination.name}`,
        );
        console.log(`  ${request.title}${file === null ? '' : `, ${file.path}`}`);
        if (delivery.state !== 'delivered' && delivery.failureCode !== null)
          console.log(`  ${reason(delivery.failureCode)}`);
      }
    return 0;
  });
};

export const showDeliveryCommand = async (args: string[]): Promise<number> => {
  const { values, positionals } = parse(args, { json: { type: 'boolean', default: false } });
  const id = oneWord(positionals, 'id of a delivery');
  return withInstallation(async ({ intake }) => {
    const shown = await showDelivery(intake.db, id);
    if (values.json) {
      console.log(JSON.stringify(shown, null, 2));
      return 0;
    }
    const { delivery, destination, submission, request, files, attempts } = shown;
    console.log(
      `${submission.receiptNumber} of “${request.title}” → ${destination.name} (${destination.kind})`,
    );
    console.log(`${delivery.state}, key ${delivery.key}`);
    if (delivery.removedAt !== null) console.log(`deleted there: ${minute(delivery.removedAt)}`);
    if (delivery.result !== null) console.log(`there: ${JSON.stringify(delivery.result)}`);
    for (const file of files) {
      const scan = file.scanResult === null ? 'not scanned' : `scan: ${file.scanFound ?? file.scanResult}`;
      console.log(`  ${file.path}  ${file.sizeBytes} bytes  ${file.state}, ${scan}`);
    }
    for (const { startedAt, outcome, failureCode, details } of attempts) {
      console.log(`${minute(startedAt)}  ${outcome ?? 'under way'}  ${reason(failureCode)}`);
      for (const line of detailLines(details ?? {})) console.log(`  ${line}`);
    }
    return 0;
  });
};

export const retryDeliveryCommand = async (args: string[]): Promise<number> => {
  const id = oneWord(parse(args, {}).positionals, 'id of a delivery');
  return withInstallation(async ({ intake }) => {
    await retryDelivery(intake.db, id, actor);
    console.log(
      'It is tried as soon as its destination takes it and nothing of it can be taken back any more.',
    );
    return 0;
  });
};

export const giveUpDeliveryCommand = async (args: string[]): Promise<number> => {
  const id = oneWord(parse(args, {}).positionals, 'id of a delivery');
  return withInstallation(async ({ intake }) => {
    await abandonDelivery(intake.db, id, actor);
    console.log('It is tried no more.');
    return 0;
  });
};

export const replayDeliveryCommand = async (args: string[]): Promise<number> => {
  const { values, positionals } = parse(args, { dead: { type: 'boolean', default: false } });
  if (values.dead) {
    if (positionals.length > 0) throw new UsageError('--dead is for all of them: give no id.');
    return withInstallation(async ({ intake }) => {
      console.log(`${await replayAll(intake.db, undefined, actor)} are delivered again.`);
      return 0;
    });
  }
  const id = oneWord(positionals, 'id of a delivery (or --dead for all that failed)');
  return withInstallation(async ({ intake }) => {
    await replayDelivery(intake.db, id, actor);
    console.log('It is delivered again.');
    return 0;
  });
};

export const releaseFileCommand = async (args: string[]): Promise<number> => {
  const id = oneWord(parse(args, {}).positionals, 'id of a file');
  return withInstallation(async ({ intake }) => {
    await releaseHeld(intake.db, id, actor);
    console.log('Released: it is delivered now.');
    return 0;
  });
};

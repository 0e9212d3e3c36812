#!/usr/bin/env node
import { messagesFor } from '../../web/i18n/index.ts';
import { ConfigError } from '../config/config.ts';
import { detailLines, Failure } from '../lib/failure.ts';
import { StartError } from '../start/surroundings.ts';
import {
  giveUpDeliveryCommand,
  listDeliveriesCommand,
  releaseFileCommand,
  replayDeliveryCommand,
  retryDeliveryCommand,
  showDeliveryCommand,
} from './delivery.ts';
import {
  checkDestinationCommand,
  createDestinationCommand,
  listDestinationsCommand,
  listKindsCommand,
  pauseDestinationCommand,
  resumeDestinationCommand,
} from './destination.ts';
import { doctor } from './doctor.ts';
import { showHook } from './hook.ts';
import { listNoticesCommand, settleNoticeCommand } from './notices.ts';
import { verifyReceiptCommand } from './receipt.ts';
import { closeRequestCommand, createRequest, listRequestsCommand, lookForFilesCommand } from './request.ts';
import { addStaff, resetSecondFactor } from './staff.ts';
import { createToken } from './token.ts';
import { UsageError } from './usage.ts';

const help = `uketori: an upload-only collection portal in front of Nextcloud

  uketori doctor                        is everything fit for the job, and what to do where not
  uketori staff add LOGIN               add a member of staff
      --name NAME --role administrator|staff|viewer --email ADDRESS
  uketori staff reset-second-factor LOGIN  sign-in asks for the password alone; ends every session
  uketori token create LOGIN            make an API token for a member of staff
      --name NAME --scope SCOPE (again for more) --days DAYS
  uketori request create TITLE          open a request
      --instructions TEXT --deadline 2026-12-31T17:00+09:00 --password WORD
      --max-file-bytes N --type pdf (again for more) --destination NAME --folder /PATH
      --item LABEL or JSON (a checklist item; again for more)
  uketori request list [--json]         the requests and their links
  uketori request close ID              close a request
  uketori request look ID               look now for files that did not come by its link
  uketori destination list [--json]     where files go, and how that does
  uketori destination kinds [KIND]      the kinds, and what one of them wants to be told (JSON Schema)
  uketori destination create KIND       set one up
      --name NAME --config JSON --secrets FILE (- for standard input) --concurrent N
  uketori destination check ID          would a delivery succeed?  [--lang ja]
  uketori destination pause|resume ID
  uketori delivery list                 the ledger   [--state waiting|delivering|delivered|dead] [--csv|--json]
  uketori delivery show ID [--json]     one delivery, its attempts and its files
  uketori delivery retry ID             try one that waits now
  uketori delivery give-up ID           one that is wanted no more
  uketori delivery replay ID            deliver again what was given up or delivered   [--dead for all that failed]
  uketori file release ID               deliver a file that the scanner holds back
  uketori receipt verify RECEIPT.txt [FILE...]
                                        is a receipt genuine, and are these files the ones on it?
                                        0 when all is so, else 1; needs the installation's key, and nothing running
  uketori hook                          how Nextcloud is made to tell of new files at once
  uketori notice list [--settled]       what staff should know   [--json]
  uketori notice settle ID              staff have seen to it

Run it in the folder where Uketori is started, with the same settings.`;

/** Two words before one: `request create` before `request`. */
const commands: Record<string, (args: string[]) => Promise<number>> = {
  doctor,
  'delivery give-up': giveUpDeliveryCommand,
  'delivery list': listDeliveriesCommand,
  'delivery replay': replayDeliveryCommand,
  'delivery retry': retryDeliveryCommand,
  'delivery show': showDeliveryCommand,
  'destination check': checkDestinationCommand,
  'destination create': createDestinationCommand,
  'destination kinds': listKindsCommand,
  'destination list': listDestinationsCommand,
  'destination pause': pauseDestinationCommand,
  'destination resume': resumeDestinationCommand,
  hook: showHook,
  'notice list': listNoticesCommand,
  'notice settle': settleNoticeCommand,
  'file release': releaseFileCommand,
  'receipt verify': verifyReceiptCommand,
  'request close': closeRequestCommand,
  'request create': createRequest,
  'request list': listRequestsCommand,
  'request look': lookForFilesCommand,
  'staff add': addStaff,
  'staff reset-second-factor': resetSecondFactor,
  'token create': createToken,
};

/** @returns the exit code */
const main = async (args: string[]): Promise<number> => {
  const [first = 'help', second = ''] = args;
  if (first === 'help' || args.includes('--help') || args.includes('-h')) {
    console.log(help);
    return 0;
  }
  const two = commands[`${first} ${second}`];
  const one = commands[first];
  if (two !== undefined) return two(args.slice(2));
  if (one !== undefined) return one(args.slice(1));
  console.error(`There is no command "${args.slice(0, 2).join(' ')}".\n\n${help}`);
  return 2;
};

/** What a person can act on, in words; anything else with its trace. */
const explain = (error: unknown): string => {
  if (error instanceof Failure)
    return [
      `${messagesFor('en').failure[error.code](error.params)} (${error.code})`,
      ...detailLines({ ...error.params, ...error.details }).map((line) => `  ${line}`),
    ].join('\n');
  const expected =
    error instanceof UsageError ||
    error instanceof ConfigError ||
    error instanceof StartError ||
    (error instanceof Error && error.name === 'EmbeddedPostgresError');
  if (expected) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
};

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(explain(error));
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

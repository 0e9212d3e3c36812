import { listNotices, unresolvedNotices } from '../../db/queries/notices.ts';
import { isNoticeCode, messagesFor } from '../../web/i18n/index.ts';
import { systemActor } from '../intake/context.ts';
import { settleNotice } from '../intake/settle-notice.ts';
import { withInstallation } from './surroundings.ts';
import { oneWord, parse } from './usage.ts';

const mostSettled = 100;

/** What staff must be told and nobody has settled; or what was settled, the newest first. */
export const listNoticesCommand = async (args: string[]): Promise<number> => {
  const { values } = parse(args, {
    json: { type: 'boolean', default: false },
    settled: { type: 'boolean', default: false },
  });
  return withInstallation(async ({ intake }) => {
    const rows = values.settled
      ? (await listNotices(intake.db, { teams: 'all', settled: true }, { limit: mostSettled })).map(
          ({ notice }) => notice,
        )
      : await unresolvedNotices(intake.db, 'all');
    const words = messagesFor('en').notice;
    if (values.json) console.log(JSON.stringify(rows, null, 2));
    else if (rows.length === 0) console.log('Nothing to tell.');
    else
      for (const row of rows) {
        const text = isNoticeCode(row.code) ? words[row.code](row.params) : row.code;
        const often = row.timesSeen > 1 ? ` (${row.timesSeen} times)` : '';
        const at = row.lastSeenAt.toISOString().slice(0, 16).replace('T', ' ');
        console.log(`${row.id}  ${at}  ${row.level}\n  ${text}${often}`);
      }
    return 0;
  });
};

export const settleNoticeCommand = async (args: string[]): Promise<number> => {
  const id = oneWord(parse(args, {}).positionals, 'id of a notice');
  return withInstallation(async ({ intake }) => {
    await settleNotice(intake.db, id, systemActor);
    console.log(`${id} is settled.`);
    return 0;
  });
};

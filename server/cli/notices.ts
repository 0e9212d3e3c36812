import { unresolvedNotices } from '../../db/queries/notices.ts';
import { isNoticeCode, messagesFor } from '../../web/i18n/index.ts';
import { withInstallation } from './surroundings.ts';
import { parse } from './usage.ts';

/** What staff must be told and nobody has settled, the newest first. */
export const notices = async (args: string[]): Promise<number> => {
  const { values } = parse(args, { json: { type: 'boolean', default: false } });
  return withInstallation(async ({ intake }) => {
    const rows = await unresolvedNotices(intake.db);
    if (values.json) console.log(JSON.stringify(rows, null, 2));
    else if (rows.length === 0) console.log('Nothing to tell.');
    const words = messagesFor('en').notice;
    for (const row of values.json ? [] : rows) {
      const text = isNoticeCode(row.code) ? words[row.code](row.params) : row.code;
      const often = row.timesSeen > 1 ? ` (${row.timesSeen} times)` : '';
      console.log(
        `${row.lastSeenAt.toISOString().slice(0, 16).replace('T', ' ')}  ${row.level.padEnd(11)}  ${text}${often}`,
      );
    }
    return 0;
  });
};

import { csvHeaders } from '../../lib/csv.ts';
import { fileTable } from '../file-table.ts';
import type { Portal } from '../portal.ts';
import type { Console } from './env.ts';

/** The files of a request, to take away. */
export const addFileTable = (desk: Console, { db }: Portal): void => {
  desk.get('/requests/:id/files.csv', { needs: 'submissions:read', of: 'request' }, async (c) =>
    c.body(await fileTable(db, c.req.param('id')), 200, csvHeaders('files.csv')),
  );
};

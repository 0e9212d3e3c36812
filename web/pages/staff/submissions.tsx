import type { RequestState } from '../../../db/schema/requests.ts';
import { formatBytes, messagesFor } from '../../i18n/index.ts';
import type { PageContext } from '../context.ts';
import { type ShownSubmission, Submission } from './submission.tsx';

export interface SubmissionsProps {
  context: PageContext;
  request: { id: string; state: RequestState };
  /** One page of them, the newest first. */
  shown: ShownSubmission[];
  /** How many there are in all, with their stored files and what these hold. */
  count: number;
  files: number;
  bytes: number;
  /** Empty: nothing is searched for. */
  search: string;
  /** Of this page; undefined: it is the first. */
  cursor?: string | undefined;
  /** Cursor of the page after this. */
  next?: string | undefined;
  mayNote: boolean;
  /** Whether a scanner is set up. */
  scansFiles: boolean;
}

/** What has come in to a request: searched, in pages, and as a table to take away. */
export const Submissions = (props: SubmissionsProps) => {
  const { context, request, shown, count, search, next } = props;
  const { language } = context;
  const t = messagesFor(language);
  const words = t.console.request;
  const address = `/staff/requests/${encodeURIComponent(request.id)}`;
  return (
    <section aria-labelledby="submissions-title" class="submissions">
      <h2 id="submissions-title">{t.staff.request.submissions}</h2>
      {(count > shown.length || search !== '') && (
        <search>
          <form method="get" action={address} class="attach">
            <div class="field">
              <label for="q">{words.search}</label>
              <input id="q" name="q" type="search" value={search} maxLength={200} />
            </div>
            <button type="submit" class="button button-plain">
              {words.find}
            </button>
          </form>
        </search>
      )}
      <div id="submissions" data-live>
        {count > 0 && (
          <p class="request-facts">
            <span>
              {words.total({
                submissions: count,
                files: props.files,
                size: formatBytes(language, props.bytes),
              })}
            </span>
            <a href={`${address}/files.csv`}>{words.csv}</a>
          </p>
        )}
        {count > 0 && !props.scansFiles && <p class="hint">{words.noScanner}</p>}
        {shown.length === 0 && (
          <p class="empty">
            {search === '' ? (
              t.staff.request[request.state === 'open' ? 'noSubmissions' : 'nothingWasSent']
            ) : (
              <>
                {words.none} <a href={address}>{t.importer.deliveries.all}</a>
              </>
            )}
          </p>
        )}
        {shown.map((submission) => (
          <Submission
            key={submission.id}
            context={context}
            submission={submission}
            mayNote={props.mayNote}
            scansFiles={props.scansFiles}
            page={queryOf(search, props.cursor)}
          />
        ))}
        {(next !== undefined || props.cursor !== undefined) && (
          <p class="pages">
            {props.cursor !== undefined && (
              <a href={`${address}${queryOf(search)}`}>{t.console.list.newer}</a>
            )}
            {next !== undefined && <a href={`${address}${queryOf(search, next)}`}>{words.older}</a>}
          </p>
        )}
      </div>
    </section>
  );
};

/** The query that shows a page of them again. */
const queryOf = (search: string, cursor?: string): string => {
  const query = new URLSearchParams({
    ...(search !== '' && { q: search }),
    ...(cursor !== undefined && { cursor }),
  }).toString();
  return query === '' ? '' : `?${query}`;
};

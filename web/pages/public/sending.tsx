import { Alert } from '../../components/common.tsx';
import { FileName } from '../../components/file-name.tsx';
import { PlainFiles } from '../../components/send/plain-form.tsx';
import { plainWords } from '../../components/send/returned.ts';
import { formatBytes, type Messages, messagesFor } from '../../i18n/index.ts';
import type { FileStatus, SubmissionStatus } from '../../sending/status.ts';
import type { PageContext, ShownFailure } from '../context.ts';
import { Layout } from '../layout.tsx';
import type { PublicRequest } from './request.tsx';

export interface SendingPageProps {
  context: PageContext;
  /** Of this page. More files are POSTed there, and below it `finish`. */
  path: string;
  request: Pick<PublicRequest, 'title' | 'checklist'>;
  state: SubmissionStatus['state'];
  receiptNumber: string;
  receiptUrl: string;
  /** Without those that were given up. */
  files: SendingFile[];
  news?: SendingNews | undefined;
  mayAdd: boolean;
}

/** What only the answer to a form tells: no row keeps it. The page carries it over a change of the language. */
export interface SendingNews {
  refused: (ShownFailure & { name: string })[];
  skipped: number;
  /** The form did not come to its end. */
  isBroken: boolean;
  /** Why it is not finished, when that was wished. */
  problem?: ShownFailure | undefined;
}

const noNews: SendingNews = { refused: [], skipped: 0, isBroken: false };

/** Holds the news, as JSON, in a form that only the language switch sends. */
export const newsInput = 'news';
const newsFormId = 'news';

export type SendingFile = Pick<FileStatus, 'uploadId' | 'name' | 'sizeBytes' | 'state' | 'failureCode'>;

/** For who sends without a script: what has arrived, what has not, and what can be done about it. */
export const SendingPage = (props: SendingPageProps) => {
  const { context, request, receiptNumber, path, news } = props;
  const t = messagesFor(context.language);
  const heading = headingOf(t, props);
  const problem = news?.problem;
  return (
    <Layout
      context={context}
      title={heading}
      languageForm={news && { id: newsFormId, path: `${path}/language` }}
    >
      <p class="over-title">{request.title}</p>
      <h1>{heading}</h1>
      <Stand {...props} />
      <dl class="facts">
        <div>
          <dt>{t.public.receipt.number}</dt>
          <dd class="number">{receiptNumber}</dd>
        </div>
      </dl>
      {problem !== undefined && (
        <Alert>
          <p>{t.failure[problem.code](problem.params ?? {})}</p>
        </Alert>
      )}
      <Refused {...props} />
      <Arrived {...props} />
      {props.state === 'open' && <Choice {...props} />}
      {news !== undefined && (
        <form id={newsFormId} method="post" action={`${path}/language`}>
          <input type="hidden" name={newsInput} value={JSON.stringify(news)} />
        </form>
      )}
    </Layout>
  );
};

/** Its submitter was still sending. */
const wasClosed = ({ state, news }: SendingPageProps): boolean =>
  state !== 'open' && (news?.refused.some(({ code }) => code === 'request.closed') ?? false);

const headingOf = (t: Messages, props: SendingPageProps): string => {
  const { waiting, sealed, open, closed } = t.public.plain;
  if (wasClosed(props)) return closed.title;
  return (props.state === 'finishing' ? waiting : props.state === 'sealed' ? sealed : open).title;
};

/** How far it is, where nothing is left for the submitter to decide. */
const Stand = (props: SendingPageProps) => {
  const { context, state, path, receiptUrl } = props;
  const t = messagesFor(context.language);
  const { waiting, sealed, closed } = t.public.plain;
  const isClosed = wasClosed(props);
  if (state === 'finishing')
    return (
      <>
        <p>{isClosed ? closed.some : waiting.text}</p>
        {isClosed && <p>{t.public.closed.whatNow}</p>}
        <p>
          <a href={path}>{isClosed ? closed.receipt : waiting.look}</a>
        </p>
      </>
    );
  if (state !== 'sealed') return null;
  return (
    <>
      {isClosed && (
        <>
          <p>{closed.some}</p>
          <p>{t.public.closed.whatNow}</p>
        </>
      )}
      <p>
        <a class="button" href={receiptUrl}>
          {sealed.receipt}
        </a>
      </p>
    </>
  );
};

const hasArrived = ({ state }: SendingFile): boolean => state === 'received' || state === 'stored';

const Refused = ({ context: { language }, files, news = noNews }: SendingPageProps) => {
  const { refused, skipped, isBroken } = news;
  const t = messagesFor(language);
  const words = t.public.plain.open;
  const named = new Set([...refused, ...files.filter(hasArrived)].map(({ name }) => name));
  const missing = [
    ...refused.map(({ name, code, params }) => ({ name, why: plainWords(t, code, params) })),
    ...files
      // What was said already, or has arrived since.
      .filter((file) => !hasArrived(file) && !(file.state === 'failed' && named.has(file.name)))
      .map(({ name, state, failureCode }) => ({
        name,
        why: state === 'uploading' ? words.notWhole : plainWords(t, failureCode ?? 'internal'),
      })),
  ];
  return (
    <>
      {isBroken && (
        <Alert>
          <p>{words.broken}</p>
        </Alert>
      )}
      {missing.length > 0 && (
        <section class="part" aria-labelledby="missing-title">
          <h2 id="missing-title">{words.refused}</h2>
          <ul class="items">
            {missing.map(({ name, why }) => (
              <li key={name} class="item item-refused">
                <div class="item-words">{name !== '' && <FileName name={name} />}</div>
                <div class="item-why">
                  <p class="problem">{why}</p>
                </div>
              </li>
            ))}
          </ul>
        </section>
      )}
      {skipped > 0 && <p class="hint">{words.skipped({ count: skipped })}</p>}
    </>
  );
};

const Arrived = ({ context: { language }, files }: SendingPageProps) => {
  const t = messagesFor(language);
  const words = t.public.plain.open;
  const arrived = files.filter(hasArrived);
  if (arrived.length === 0) return <p>{words.none}</p>;
  return (
    <section class="part" aria-labelledby="arrived-title">
      <h2 id="arrived-title">{words.arrived({ count: arrived.length })}</h2>
      <ul class="items">
        {arrived.map(({ uploadId, name, sizeBytes, state }) => (
          <li key={uploadId} class="item item-arrived">
            <div class="item-words">
              <FileName name={name} />
              <p class="item-facts">
                <span>{formatBytes(language, sizeBytes ?? 0)}</span>
                <span class="item-state">{t.send.state[state === 'stored' ? 'stored' : 'arrived']}</span>
              </p>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
};

const Choice = ({ context: { language }, request, path, files, mayAdd }: SendingPageProps) => {
  const t = messagesFor(language);
  const words = t.public.plain;
  const arrived = files.filter(hasArrived).length;
  return (
    <>
      {arrived > 0 && (
        <form method="post" action={`${path}/finish`} class="part">
          <p>{words.open.finishText}</p>
          <button type="submit" class="button">
            {words.open.finish({ count: arrived })}
          </button>
        </form>
      )}
      {mayAdd ? (
        <form method="post" action={path} encType="multipart/form-data" class="part">
          <h2>{words.open.addTitle}</h2>
          <p>{words.open.addText}</p>
          <PlainFiles language={language} checklist={request.checklist} />
          <p class="hint">{words.stayOpen}</p>
          <button type="submit" class={arrived > 0 ? 'button button-plain' : 'button'}>
            {words.open.add}
          </button>
        </form>
      ) : (
        <p>{words.open.noMore}</p>
      )}
    </>
  );
};

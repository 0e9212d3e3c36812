import { Moment, WithMoment } from '../../components/common.tsx';
import { formatDistance, languageNames, messagesFor } from '../../i18n/index.ts';
import type { PageContext } from '../context.ts';
import type { ShownRequest } from './shown-request.ts';

/** What becomes of its files, where that is not what becomes of most. */
const fatesSaid = ({ language }: PageContext, { fates }: ShownRequest): string[] => {
  const words = messagesFor(language).staff.request.fate;
  return [
    ...(fates.deliverPer === 'file' ? [words.perFile] : []),
    ...(fates.unscanned === 'hold' ? [words.held] : []),
    ...(fates.afterImport === 'move' ? [words.moved] : []),
    ...(fates.afterImport === 'delete' ? [words.deleted({ count: fates.deleteAfterDays })] : []),
  ];
};

/** How it is set. */
export const Facts = ({ context, request }: { context: PageContext; request: ShownRequest }) => {
  const { language, zone, now } = context;
  const words = messagesFor(language).staff.request;
  const { deadline } = request;
  const none = messagesFor(language).staff.requests.noDeadline;
  return (
    <section aria-labelledby="facts-title">
      <h2 id="facts-title">{words.facts}</h2>
      <dl class="facts">
        <div>
          <dt>{words.deadline}</dt>
          <dd>
            {deadline === undefined ? (
              none
            ) : (
              <>
                <Moment language={language} at={deadline.at} zone={deadline.zone} /> (
                {formatDistance(language, deadline.at, now)})
              </>
            )}
          </dd>
        </div>
        {request.team !== undefined && (
          <div>
            <dt>{words.team}</dt>
            <dd>{request.team}</dd>
          </div>
        )}
        <div>
          <dt>{words.passwordSet}</dt>
          <dd>{request.passwordSet ? words.yes : words.no}</dd>
        </div>
        <div>
          <dt>{words.languages}</dt>
          <dd>{request.languages.map((each) => languageNames[each]).join(' · ')}</dd>
        </div>
        <div>
          <dt>{words.nextcloudPage}</dt>
          <dd>{request.nextcloudPageAllowed ? words.nextcloudPageOpen : words.nextcloudPageShut}</dd>
        </div>
        <div>
          <dt>{words.takeBack}</dt>
          <dd>{words.takeBackFor({ count: request.takeBackMinutes })}</dd>
        </div>
        <div>
          <dt>{words.retention}</dt>
          <dd>
            {request.retention === undefined
              ? words.retentionOff
              : words.retentionDays({ count: request.retention.days })}
            {request.retention?.from !== undefined && (
              <p class="hint">
                <WithMoment
                  words={(at) => words.retentionFrom({ at })}
                  language={language}
                  at={request.retention.from}
                  zone={zone}
                />
              </p>
            )}
          </dd>
        </div>
        <div>
          <dt>{words.destinations}</dt>
          <dd>
            {request.destinations.length === 0 ? '–' : request.destinations.join(' · ')}
            {fatesSaid(context, request).map((said) => (
              <p key={said} class="hint">
                {said}
              </p>
            ))}
          </dd>
        </div>
        {request.folderPath !== undefined && (
          <div>
            <dt>{words.folder}</dt>
            <dd>
              <code>{request.folderPath}</code>
              {request.folderOf !== undefined && (
                <>
                  {' '}
                  <span class="quiet">{words.folderOf({ user: request.folderOf })}</span>
                </>
              )}
            </dd>
          </div>
        )}
        <div>
          <dt>{words.created}</dt>
          <dd>
            <Moment language={language} at={request.createdAt} zone={zone} />
          </dd>
        </div>
      </dl>
    </section>
  );
};

import { fill, fillCount } from '../../i18n/template.ts';
import { totalsOf } from '../../sending/progress.ts';
import { missingFiles } from '../../sending/rules.ts';
import { type SendActions, type SendView } from '../../sending/view.ts';
import { WithMoment } from '../common.tsx';
import { Details } from './details.tsx';
import { Files } from './files.tsx';
import { Progress } from './progress.tsx';
import { SealedReceipt } from './receipt.tsx';
import { failureId, receiptHeadingId, type SendSetup } from './setup.ts';
import { Unfinished } from './unfinished.tsx';

export interface SendFormProps {
  setup: SendSetup;
  view: SendView;
  /** Undefined on the server, and until the page has come alive: the button waits for it. */
  actions?: SendActions;
}

/** From the first field to the receipt: all that happens behind a link happens in here. */
export const SendForm = ({ setup, view, actions }: SendFormProps) => (
  <>
    {view.phase === 'sealed' && view.receipt !== undefined ? (
      <SealedReceipt setup={setup} receipt={view.receipt} />
    ) : (
      <form
        class="send"
        method="post"
        noValidate
        onInput={(event) => {
          if (event.target instanceof Element) actions?.edited(event.target.getAttribute('name') ?? '');
        }}
        onSubmit={(event) => {
          event.preventDefault();
          actions?.submit(event.currentTarget);
        }}
      >
        {view.phase === 'choosing' || view.phase === 'opening' ? (
          <Before setup={setup} view={view} actions={actions} />
        ) : (
          <UnderWay setup={setup} view={view} actions={actions} />
        )}
      </form>
    )}
    <output class="visually-hidden" aria-live="polite">
      {view.announcement}
    </output>
    <div class="visually-hidden" aria-live="assertive">
      {view.alarm}
    </div>
  </>
);

const Before = ({ setup, view, actions }: SendFormProps) => (
  <>
    {view.isElsewhere && setup.unfinished !== undefined && (
      <p class="alert alert-warning">
        <WithMoment
          words={(begun) => fill(setup.language, setup.messages.unfinished.elsewhere, { begun })}
          language={setup.language}
          at={new Date(setup.unfinished.begun.at)}
          zone={setup.unfinished.begun.zone}
        />
      </p>
    )}
    {Object.values(view.fieldProblems).some((words) => words !== undefined) && (
      <p class="alert alert-problem">{setup.messages.problem.title}</p>
    )}
    <Details setup={setup} problems={view.fieldProblems} locked={view.phase !== 'choosing'} />
    <Files setup={setup} view={view} actions={actions} />
    <Failure setup={setup} view={view} actions={actions} />
    <p class="send-button">
      <button type="submit" class="button" disabled={actions === undefined || view.phase === 'opening'}>
        {sendWords(setup, view)}
      </button>
    </p>
  </>
);

/** What is not sent is said on the button, too: nobody is to believe that all was. */
const sendWords = ({ messages, language, checklist }: SendSetup, { phase, items }: SendView): string => {
  if (phase === 'opening') return messages.sending;
  if (Object.keys(missingFiles(items, checklist, messages.problem)).length > 0) return messages.send;
  const { refused, files } = totalsOf(items);
  return refused > 0 && files > 0 ? fillCount(language, messages.sendOthers, files) : messages.send;
};

/** How far it is stands above the list, which may be long; who comes back has to choose files first. */
const UnderWay = ({ setup, view, actions }: SendFormProps) => {
  const files = <Files setup={setup} view={view} actions={actions} />;
  if (view.phase === 'ended')
    return (
      <>
        <section class="part" aria-labelledby={receiptHeadingId}>
          <h2 id={receiptHeadingId} tabIndex={-1}>
            {setup.messages.ended.title}
          </h2>
          <p>{setup.messages.ended.text}</p>
        </section>
        {view.items.length > 0 && files}
      </>
    );
  return (
    <>
      {view.isResumed ? (
        <>
          <Unfinished setup={setup} view={view} actions={actions} />
          {files}
        </>
      ) : (
        <Sent setup={setup} view={view} />
      )}
      <Failure setup={setup} view={view} actions={actions} />
      <Progress setup={setup} view={view} actions={actions} />
      {!view.isResumed && files}
    </>
  );
};

/** Who sends, once that can't be changed any more. */
const Sent = ({ setup: { messages }, view: { sent } }: SendFormProps) =>
  sent === undefined ? null : (
    <dl class="facts">
      <div>
        <dt>{messages.you.name}</dt>
        <dd>{sent.name}</dd>
      </div>
      <div>
        <dt>{messages.receipt.number}</dt>
        <dd>{sent.receiptNumber}</dd>
      </div>
    </dl>
  );

const Failure = ({ setup, view, actions }: SendFormProps) =>
  view.failure === undefined ? null : (
    <div class="alert alert-problem" role="alert" id={failureId} tabIndex={-1}>
      <p>{view.failure.words}</p>
      {view.failure.mayRetry && (
        <button type="button" class="button button-plain" onClick={() => actions?.tryAgain()}>
          {setup.messages.tryAgain}
        </button>
      )}
    </div>
  );

import type { ProofCheck } from '../../../db/schema/requests.ts';
import { WithMoment } from '../../components/common.tsx';
import { messagesFor } from '../../i18n/index.ts';
import type { PageContext } from '../context.ts';
import type { ShownRequest } from './shown-request.ts';

/** What Nextcloud answered, check by check. */
export const Proof = ({ context, request }: { context: PageContext; request: ShownRequest }) => {
  const words = messagesFor(context.language).staff.request;
  return (
    <section aria-labelledby="proof-title" id="proof" data-live>
      <h2 id="proof-title">{words.proof}</h2>
      <ProofNow context={context} request={request} />
    </section>
  );
};

const ProofNow = ({ context, request }: { context: PageContext; request: ShownRequest }) => {
  const words = messagesFor(context.language).staff.request;
  const { proof } = request;
  if (proof === undefined) return <p class="quiet">{words.noProof}</p>;
  const checks = (
    <ul class="checks">
      {proof.checks.map((check) => (
        <Check key={check.name} context={context} check={check} />
      ))}
    </ul>
  );
  // What was true of a share that was removed is nothing to be sure of now.
  if (proof.state === 'gone' && request.state !== 'open')
    return (
      <>
        <p>
          <WithMoment
            words={(at) => words.proofOver({ at })}
            language={context.language}
            at={proof.provenAt}
            zone={context.zone}
          />
        </p>
        <details class="checks-over">
          <summary>{words.proofThen}</summary>
          {checks}
        </details>
      </>
    );
  return (
    <>
      <p class="hint">{words.proofText}</p>
      {checks}
    </>
  );
};

const Check = ({ context, check }: { context: PageContext; check: ProofCheck }) => {
  const words = messagesFor(context.language).staff.request;
  const held = check.expected === check.seen;
  return (
    <li class={held ? 'check-held' : 'check-failed'}>
      <p>
        <strong>{Object.hasOwn(words.checks, check.name) ? words.checks[check.name] : check.name}</strong>{' '}
        <span class="visually-hidden">{held ? words.asExpected : words.differs}</span>
      </p>
      <p class="quiet">
        {words.seen}: <code>{check.seen}</code>
        {!held && (
          <>
            {' · '}
            {words.expected}: <code>{check.expected}</code>
          </>
        )}
      </p>
    </li>
  );
};

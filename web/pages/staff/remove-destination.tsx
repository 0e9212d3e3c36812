import { Alert } from '../../components/common.tsx';
import { messagesFor } from '../../i18n/index.ts';
import type { PageContext, ShownFailure } from '../context.ts';
import { Layout } from '../layout.tsx';

export interface RemoveDestinationPageProps {
  context: PageContext;
  staff: { name: string };
  destination: { id: string; name: string };
  uses: {
    /** Through which files still come to it. */
    requests: { id: string; title: string }[];
    /** How many others name it. */
    closed: number;
    /** Deliveries that are not over. */
    waiting: number;
    /** Deliveries that were given up. */
    dead: number;
  };
  /** Why it was not removed. */
  failure?: ShownFailure | undefined;
}

const mostRequests = 20;

/** Says what hangs on a destination, and what goes with it. POSTs to its own address. */
export const RemoveDestinationPage = (props: RemoveDestinationPageProps) => {
  const { context, staff, destination, uses, failure } = props;
  const t = messagesFor(context.language);
  const words = t.importer.removeDestination;
  const address = `/staff/destinations/${encodeURIComponent(destination.id)}`;
  const ledger = `/staff/deliveries?destination=${encodeURIComponent(destination.id)}`;
  const title = words.title({ name: destination.name });
  return (
    <Layout context={context} title={title} staff={staff} section="destinations">
      <p>
        <a href={address}>← {destination.name}</a>
      </p>
      <h1>{title}</h1>
      {failure !== undefined && (
        <Alert>
          <p>{t.failure[failure.code](failure.params ?? {})}</p>
        </Alert>
      )}
      <p>{words.goes}</p>
      <p>{words.stays}</p>
      {uses.requests.length > 0 && (
        <>
          <p>{words.requests({ count: uses.requests.length })}</p>
          <ul class="findings">
            {uses.requests.slice(0, mostRequests).map(({ id, title: request }) => (
              <li key={id}>
                <a href={`/staff/requests/${encodeURIComponent(id)}`}>
                  <bdi>{request}</bdi>
                </a>
              </li>
            ))}
            {uses.requests.length > mostRequests && (
              <li>{words.more({ count: uses.requests.length - mostRequests })}</li>
            )}
          </ul>
          <p>
            <strong>{words.requestsFirst}</strong>
          </p>
        </>
      )}
      {uses.waiting > 0 && (
        <p>
          {words.waiting({ count: uses.waiting })} <strong>{words.waitingFirst}</strong>{' '}
          <a href={ledger}>{t.importer.destination.seeDeliveries}</a>
        </p>
      )}
      {uses.closed > 0 && <p>{words.closed({ count: uses.closed })}</p>}
      {uses.dead > 0 && (
        <p>
          {words.dead({ count: uses.dead })} <a href={`${ledger}&state=dead`}>{words.seeDead}</a>
        </p>
      )}
      {uses.requests.length === 0 && uses.waiting === 0 && (
        <form method="post" action={`${address}/remove`}>
          <p>
            <strong>{words.cannotBeUndone}</strong>
          </p>
          <button type="submit" class="button button-danger">
            {words.submit}
          </button>
        </form>
      )}
    </Layout>
  );
};

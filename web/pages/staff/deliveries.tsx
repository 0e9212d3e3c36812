import type { DeliveryState } from '../../../db/schema/deliveries.ts';
import type { FailureCode } from '../../../server/lib/failure.ts';
import { Badge, Moment } from '../../components/common.tsx';
import { FileName } from '../../components/file-name.tsx';
import { messagesFor } from '../../i18n/index.ts';
import type { PageContext } from '../context.ts';
import { Layout } from '../layout.tsx';

export interface ListedDelivery {
  id: string;
  state: DeliveryState;
  destination: string;
  request: { id: string; title: string };
  receiptNumber: string;
  submitterName: string;
  isFound: boolean;
  /** Undefined: the whole submission. */
  file?: string;
  createdAt: Date;
  failureCode?: FailureCode;
}

export interface DeliveriesPageProps {
  context: PageContext;
  staff: { name: string };
  deliveries: ListedDelivery[];
  state?: DeliveryState;
  destinationId?: string;
  /** Cursor of the page after this. */
  next?: string;
  dead: number;
  mayChange: boolean;
}

export const deliveryKinds = {
  waiting: 'quiet',
  delivering: 'busy',
  delivered: 'good',
  dead: 'bad',
  withdrawn: 'quiet',
} as const;
const states = ['dead', 'waiting', 'delivering', 'delivered', 'withdrawn'] as const;

/** The ledger. */
export const DeliveriesPage = (props: DeliveriesPageProps) => {
  const { context, staff, deliveries, state, destinationId } = props;
  const t = messagesFor(context.language);
  const words = t.importer.deliveries;
  const hrefOf = (more: Record<string, string | undefined>) => {
    const query = new URLSearchParams(
      Object.entries({ state, destination: destinationId, ...more }).filter(
        (entry): entry is [string, string] => entry[1] !== undefined,
      ),
    ).toString();
    return query === '' ? '/staff/deliveries' : `/staff/deliveries?${query}`;
  };
  return (
    <Layout context={context} title={words.title} staff={staff} section="deliveries">
      <div class="title-row">
        <h1>{words.title}</h1>
        <p>
          <a href={hrefOf({}).replace('/staff/deliveries', '/staff/deliveries.csv')}>{words.csv}</a>
        </p>
      </div>
      <nav class="filters" aria-label={words.title}>
        <a href={hrefOf({ state: undefined })} aria-current={state === undefined ? 'page' : undefined}>
          {words.all}
        </a>
        {states.map((each) => (
          <a key={each} href={hrefOf({ state: each })} aria-current={state === each ? 'page' : undefined}>
            {t.staff.request.deliveryState[each]}
          </a>
        ))}
      </nav>
      {props.dead > 0 && props.mayChange && (
        <form method="post" action="/staff/deliveries/replay">
          <button type="submit" class="button button-plain">
            {words.replayDead({ count: props.dead })}
          </button>
        </form>
      )}
      {deliveries.length === 0 && <p class="empty">{words.none}</p>}
      <ul class="requests">
        {deliveries.map((delivery) => (
          <Item key={delivery.id} context={context} delivery={delivery} />
        ))}
      </ul>
      {props.next !== undefined && (
        <p>
          <a href={hrefOf({ cursor: props.next })}>{words.next}</a>
        </p>
      )}
    </Layout>
  );
};

const Item = ({ context, delivery }: { context: PageContext; delivery: ListedDelivery }) => {
  const t = messagesFor(context.language);
  const words = t.importer.deliveries;
  return (
    <li class="request">
      <div class="request-head">
        <h2>
          <a href={`/staff/deliveries/${delivery.id}`}>
            {delivery.receiptNumber} {words.to} <bdi>{delivery.destination}</bdi>
          </a>
        </h2>
        <Badge kind={deliveryKinds[delivery.state]}>{t.staff.request.deliveryState[delivery.state]}</Badge>
      </div>
      <p class="request-facts">
        <bdi>{delivery.submitterName}</bdi>
        <a href={`/staff/requests/${delivery.request.id}`}>{delivery.request.title}</a>
        {delivery.file === undefined ? (
          <span>{words.wholeSubmission}</span>
        ) : (
          <FileName name={delivery.file} />
        )}
        {delivery.isFound && <span>{words.found}</span>}
        <Moment language={context.language} at={delivery.createdAt} zone={context.zone} />
      </p>
      {delivery.failureCode !== undefined && delivery.state !== 'delivered' && (
        <p class="problem">{t.failure[delivery.failureCode]({})}</p>
      )}
    </li>
  );
};

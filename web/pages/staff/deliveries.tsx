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
  /** How many have failed for good, in all: without those that staff gave up. */
  failed: number;
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
    <Layout context={context} title={words.title} staff={staff} section="deliveries" wide>
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
      {props.failed > 0 && props.mayChange && (
        <form method="post" action="/staff/deliveries/replay">
          <button type="submit" class="button button-plain">
            {words.replayFailed({ count: props.failed })}
          </button>
        </form>
      )}
      {deliveries.length === 0 && <p class="empty">{words.none}</p>}
      <ul class="rows rows-deliveries">
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
    <li>
      <div class="row-title">
        <h2>
          <a href={`/staff/deliveries/${delivery.id}`}>
            {delivery.receiptNumber} {words.to} <bdi>{delivery.destination}</bdi>
          </a>
        </h2>
        <p class="badges">
          <Badge kind={deliveryKinds[delivery.state]}>{t.staff.request.deliveryState[delivery.state]}</Badge>
        </p>
      </div>
      <p>
        <bdi>{delivery.submitterName}</bdi>
        <span class="row-line quiet">
          {delivery.file === undefined ? words.wholeSubmission : <FileName name={delivery.file} />}
        </span>
        {delivery.isFound && <span class="row-line quiet">{words.found}</span>}
      </p>
      <p>
        <a href={`/staff/requests/${delivery.request.id}`}>{delivery.request.title}</a>
      </p>
      <p class="quiet">
        <Moment language={context.language} at={delivery.createdAt} zone={context.zone} />
      </p>
      {delivery.failureCode !== undefined && delivery.state !== 'delivered' && (
        <p class="problem row-whole">{t.failure[delivery.failureCode]({})}</p>
      )}
    </li>
  );
};

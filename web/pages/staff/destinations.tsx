import { Badge } from '../../components/common.tsx';
import { formatMoment, type Language, messagesFor } from '../../i18n/index.ts';
import type { PageContext } from '../context.ts';
import { Layout } from '../layout.tsx';

export interface ShownDestination {
  id: string;
  kindTitle: Record<Language, string>;
  name: string;
  paused: boolean;
  /** While it is left alone. */
  restsUntil?: Date;
  deliveries: { waiting: number; delivering: number; delivered: number; dead: number };
}

export interface DestinationsPageProps {
  context: PageContext;
  staff: { name: string };
  destinations: ShownDestination[];
  kinds: { kind: string; title: Record<Language, string> }[];
  mayChange: boolean;
}

/** Where files go, and how that does. */
export const DestinationsPage = ({
  context,
  staff,
  destinations,
  kinds,
  mayChange,
}: DestinationsPageProps) => {
  const words = messagesFor(context.language).importer.destinations;
  return (
    <Layout context={context} title={words.title} staff={staff} section="destinations" wide>
      <h1>{words.title}</h1>
      <p>{words.intro}</p>
      {destinations.length === 0 && <p class="empty">{words.empty}</p>}
      <ul class="rows rows-destinations">
        {destinations.map((destination) => (
          <li key={destination.id}>
            <div class="row-title">
              <h2>
                <a href={`/staff/destinations/${destination.id}`}>
                  <bdi>{destination.name}</bdi>
                </a>
              </h2>
              <p class="badges">
                <DestinationState context={context} destination={destination} />
              </p>
            </div>
            <p>{destination.kindTitle[context.language]}</p>
            <p>{words.counts(destination.deliveries)}</p>
          </li>
        ))}
      </ul>
      <section aria-labelledby="add">
        <h2 id="add">{words.add}</h2>
        {mayChange ? (
          <>
            <p>{words.addHint}</p>
            <ul class="kinds">
              {kinds.map(({ kind, title }) => (
                <li key={kind}>
                  <a class="button button-plain" href={`/staff/destinations/new/${kind}`}>
                    {title[context.language]}
                  </a>
                </li>
              ))}
            </ul>
          </>
        ) : (
          <p class="quiet">{words.onlyAdministrators}</p>
        )}
      </section>
    </Layout>
  );
};

export const DestinationState = ({
  context,
  destination,
}: {
  context: PageContext;
  destination: Pick<ShownDestination, 'paused' | 'restsUntil'>;
}) => {
  const words = messagesFor(context.language).importer.destinations;
  if (destination.paused) return <Badge kind="quiet">{words.paused}</Badge>;
  if (destination.restsUntil !== undefined) {
    const until = formatMoment(context.language, destination.restsUntil, context.zone);
    return <Badge kind="bad">{words.failing({ until })}</Badge>;
  }
  return <Badge kind="good">{words.inUse}</Badge>;
};

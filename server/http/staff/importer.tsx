import type { Context } from 'hono';
import { usesOfDestination } from '../../../db/queries/destinations.ts';
import { countFailed, type DescribedDelivery, listDeliveries } from '../../../db/queries/ledger.ts';
import type { DeliveryState } from '../../../db/schema/index.ts';
import { DeliveriesPage, type ListedDelivery } from '../../../web/pages/staff/deliveries.tsx';
import { DeliveryPage } from '../../../web/pages/staff/delivery.tsx';
import { DestinationPage, type DestinationPageProps } from '../../../web/pages/staff/destination.tsx';
import { DestinationsPage } from '../../../web/pages/staff/destinations.tsx';
import { RemoveDestinationPage } from '../../../web/pages/staff/remove-destination.tsx';
import { deliveriesAsCsv } from '../../importer/ledger/csv.ts';
import { titleOf } from '../../importer/ledger/kinds.ts';
import {
  abandonDelivery,
  pageOfDeliveries,
  releaseHeld,
  replayAll,
  replayDelivery,
  retryDelivery,
  showDelivery,
} from '../../importer/ledger/manage-deliveries.ts';
import {
  allDestinations,
  checkDestination,
  createDestination,
  type DescribedDestination,
  dropDestination,
  setPaused,
  updateDestination,
} from '../../importer/ledger/manage-destinations.ts';
import { csvHeaders, mostCsvRows } from '../../lib/csv.ts';
import { detailLines, Failure, type FailureCode, failureCodes, isFailure } from '../../lib/failure.ts';
import { statusOf } from '../failures.ts';
import { fieldsOf } from '../fields.ts';
import { page, pageContext } from '../pages.tsx';
import type { Portal } from '../portal.ts';
import type { Console, StaffEnv } from './env.ts';
import {
  readRemovedSecrets,
  readSecrets,
  readSettings,
  secretFields,
  settingFields,
} from './setting-fields.ts';

const pageSize = 50;
const presetConcurrent = 4;

/** Destinations and deliveries, in the console. */
export const addImporterPages = (app: Console, portal: Portal): void => {
  addDestinationPages(app, portal);
  addDeliveryPages(app, portal);
};

const mayConfigure = (c: Context<StaffEnv>): boolean => c.var.staff.role === 'administrator';

const addDestinationPages = (app: Console, portal: Portal): void => {
  const reads = { needs: 'destinations:read' } as const;
  const changes = { needs: 'destinations:write' } as const;
  const { desk } = portal;
  const moduleOf = (kind: string) => {
    const module = desk.modules.get(kind);
    if (module === undefined) throw new Failure('not-found');
    return module;
  };
  const shownDestination = ({ id, kind, name, paused, failing, deliveries }: DescribedDestination) => ({
    id,
    kindTitle: titleOf(desk.modules, kind),
    name,
    paused,
    ...(failing === null ? {} : { restsUntil: failing.restsUntil }),
    deliveries,
  });
  const find = async (id: string): Promise<DescribedDestination> => {
    const found = (await allDestinations(desk)).find((each) => each.id === id);
    if (found === undefined) throw new Failure('not-found');
    return found;
  };
  const destinationPage = (
    c: Context<StaffEnv>,
    kind: string,
    shown: DescribedDestination | undefined,
    more: Partial<DestinationPageProps> = {},
    config: Record<string, unknown> = shown?.config ?? {},
  ) => {
    const module = moduleOf(kind);
    return page(
      c,
      <DestinationPage
        context={pageContext(c, portal)}
        staff={c.var.staff}
        kind={kind}
        kindTitle={module.words.title}
        about={module.words.about}
        destination={shown && shownDestination(shown)}
        name={shown?.name ?? ''}
        maxConcurrent={shown?.maxConcurrent ?? presetConcurrent}
        settings={settingFields(module, config)}
        secrets={secretFields(module, shown?.secrets ?? [])}
        mayChange={mayConfigure(c)}
        {...more}
      />,
      more.failure === undefined ? 200 : statusOf[more.failure.code],
    );
  };
  /** Saves a form; what is wrong with it is said on the same page, with what was entered but the secrets. */
  const save = async (
    c: Context<StaffEnv>,
    kind: string,
    shown: DescribedDestination | undefined,
    store: (input: {
      name: string;
      config: Record<string, unknown>;
      secrets: Record<string, string>;
      removedSecrets: string[];
      maxConcurrent: number;
    }) => Promise<DescribedDestination>,
  ) => {
    const form = await fieldsOf(c);
    const text = (name: string) => (typeof form[name] === 'string' ? form[name] : '');
    const module = moduleOf(kind);
    const input = {
      name: text('name'),
      config: readSettings(module, form),
      secrets: readSecrets(module, form),
      removedSecrets: readRemovedSecrets(module, form),
      maxConcurrent: Number(text('maxConcurrent')),
    };
    try {
      const saved = await store(input);
      return c.redirect(`/staff/destinations/${saved.id}?saved`, 303);
    } catch (error) {
      if (!isFailure(error, 'destination.invalid', 'destination.name-taken')) throw error;
      const { code, params } = error;
      const more = {
        failure: { code, params },
        name: input.name,
        maxConcurrent: input.maxConcurrent,
        secrets: secretFields(module, shown?.secrets ?? [], input.removedSecrets),
      };
      return destinationPage(c, kind, shown, more, input.config);
    }
  };

  app.get('/destinations', reads, async (c) =>
    page(
      c,
      <DestinationsPage
        context={pageContext(c, portal)}
        staff={c.var.staff}
        destinations={(await allDestinations(desk)).map(shownDestination)}
        kinds={[...desk.modules.values()].map(({ kind, words }) => ({ kind, title: words.title }))}
        mayChange={mayConfigure(c)}
      />,
    ),
  );
  app.get('/destinations/new/:kind', changes, (c) => {
    return destinationPage(c, c.req.param('kind'), undefined);
  });
  app.post('/destinations/new/:kind', changes, async (c) => {
    const kind = c.req.param('kind');
    return save(c, kind, undefined, (input) => createDestination(desk, { kind, ...input }, c.var.actor));
  });
  app.get('/destinations/:id', reads, async (c) => {
    const shown = await find(c.req.param('id'));
    return destinationPage(c, shown.kind, shown, { isSaved: c.req.query('saved') !== undefined });
  });
  app.post('/destinations/:id', changes, async (c) => {
    const shown = await find(c.req.param('id'));
    return save(c, shown.kind, shown, ({ secrets, ...input }) => {
      // Those that were left empty stay.
      return updateDestination(desk, shown.id, { ...input, someSecrets: secrets }, c.var.actor);
    });
  });
  app.post('/destinations/:id/check', changes, async (c) => {
    const shown = await find(c.req.param('id'));
    return destinationPage(c, shown.kind, shown, {
      check: await checkDestination(desk, shown.id, c.req.raw.signal),
    });
  });
  for (const paused of [true, false])
    app.post(`/destinations/:id/${paused ? 'pause' : 'resume'}`, changes, async (c) => {
      await setPaused(desk, c.req.param('id') ?? '', paused, c.var.actor);
      return c.redirect(`/staff/destinations/${c.req.param('id')}`, 303);
    });
  const removePage = async (c: Context<StaffEnv>, id: string, failure?: Failure) => {
    const { name } = await find(id);
    return page(
      c,
      <RemoveDestinationPage
        context={pageContext(c, portal)}
        staff={c.var.staff}
        destination={{ id, name }}
        uses={await usesOfDestination(portal.db, id)}
        failure={failure && { code: failure.code, params: failure.params }}
      />,
      failure === undefined ? 200 : statusOf[failure.code],
    );
  };
  app.get('/destinations/:id/remove', changes, (c) => removePage(c, c.req.param('id')));
  app.post('/destinations/:id/remove', changes, async (c) => {
    const id = c.req.param('id');
    try {
      await dropDestination(desk, id, c.var.actor);
      return c.redirect('/staff/destinations', 303);
    } catch (error) {
      if (!isFailure(error, 'destination.busy', 'destination.in-use')) throw error;
      return removePage(c, id, error);
    }
  });
};

const states: readonly DeliveryState[] = ['waiting', 'delivering', 'delivered', 'dead', 'withdrawn'];

const addDeliveryPages = (app: Console, portal: Portal): void => {
  const reads = { needs: 'deliveries:read' } as const;
  const changes = { needs: 'deliveries:write' } as const;
  const { db } = portal;
  const filterOf = (c: Context<StaffEnv>) => ({
    teams: c.var.actor.teams,
    state: states.find((state) => state === c.req.query('state')),
    destinationId: c.req.query('destination'),
  });
  const mayChange = (c: Context<StaffEnv>) => c.var.staff.role !== 'viewer';
  const deliveryPage = async (c: Context<StaffEnv>, id: string, error?: Failure) => {
    const { attempts, files, ...described } = await showDelivery(db, id);
    const { delivery } = described;
    return page(
      c,
      <DeliveryPage
        context={pageContext(c, portal)}
        staff={c.var.staff}
        delivery={{
          ...listed(described),
          key: delivery.key,
          notBefore: delivery.notBefore,
          isPaused: described.isPaused,
          ...(delivery.deliveredAt !== null && { deliveredAt: delivery.deliveredAt }),
          ...textOf(delivery.result, 'place'),
          ...(delivery.removedAt === null ? linkOf(delivery.result) : { removedAt: delivery.removedAt }),
        }}
        files={files.map((file) => ({
          id: file.id,
          path: file.path,
          sizeBytes: file.sizeBytes,
          sha256: file.sha256,
          state: file.state,
          ...(file.scanResult !== null && {
            scan: { result: file.scanResult, ...(file.scanFound !== null && { found: file.scanFound }) },
          }),
          isReleased: file.releasedAt !== null,
          mayBeReleased:
            file.releasedAt === null &&
            (file.state === 'quarantined' ||
              (delivery.state !== 'delivered' && delivery.failureCode === 'file.unscanned')),
        }))}
        attempts={attempts.map((attempt) => ({
          startedAt: attempt.startedAt,
          outcome: attempt.outcome ?? 'under-way',
          ...codeOf(attempt.failureCode),
          details: detailLines(attempt.details ?? {}),
        }))}
        mayChange={mayChange(c)}
        failure={error && { code: error.code, params: error.params }}
      />,
      error === undefined ? 200 : statusOf[error.code],
    );
  };

  app.get('/deliveries', reads, async (c) => {
    const filter = filterOf(c);
    const [shown, failed] = await Promise.all([
      pageOfDeliveries(db, filter, { limit: pageSize, cursor: c.req.query('cursor') }),
      countFailed(db, c.var.actor.teams),
    ]);
    return page(
      c,
      <DeliveriesPage
        context={pageContext(c, portal)}
        staff={c.var.staff}
        deliveries={shown.rows.map(listed)}
        state={filter.state}
        destinationId={filter.destinationId}
        next={shown.next}
        failed={failed}
        mayChange={mayChange(c)}
      />,
    );
  });
  app.get('/deliveries.csv', reads, async (c) =>
    c.body(
      deliveriesAsCsv(await listDeliveries(db, filterOf(c), { limit: mostCsvRows })),
      200,
      csvHeaders('deliveries.csv'),
    ),
  );
  app.post('/deliveries/replay', changes, async (c) => {
    await replayAll(db, undefined, c.var.actor);
    return c.redirect('/staff/deliveries', 303);
  });
  app.get('/deliveries/:id', { ...reads, of: 'delivery' }, (c) => deliveryPage(c, c.req.param('id')));
  for (const [name, act] of [
    ['retry', retryDelivery],
    ['replay', replayDelivery],
    ['give-up', abandonDelivery],
  ] as const)
    app.post(`/deliveries/:id/${name}`, { ...changes, of: 'delivery' }, async (c) => {
      const id = c.req.param('id') ?? '';
      try {
        await act(db, id, c.var.actor);
        return c.redirect(`/staff/deliveries/${id}`, 303);
      } catch (error) {
        if (
          !isFailure(
            error,
            'delivery.not-waiting',
            'delivery.not-over',
            'delivery.files-gone',
            'delivery.destination-removed',
          )
        )
          throw error;
        return deliveryPage(c, id, error);
      }
    });
  app.post('/files/:id/release', { ...changes, of: 'file' }, async (c) => {
    await releaseHeld(db, c.req.param('id'), c.var.actor);
    return c.redirect('/staff/deliveries?state=waiting', 303);
  });
};

const codeOf = (code: string | null): { failureCode?: FailureCode } => {
  const known = failureCodes.find((each): each is FailureCode => each === code);
  return known === undefined ? {} : { failureCode: known };
};

const textOf = (result: Record<string, unknown> | null, key: 'place'): { place?: string } => {
  const value = result?.[key];
  return typeof value === 'string' ? { [key]: value } : {};
};

/** Only what a browser opens without harm. */
const linkOf = (result: Record<string, unknown> | null): { link?: string } => {
  const link = result?.link;
  return typeof link === 'string' && /^https?:\/\//.test(link) ? { link } : {};
};

const listed = ({ delivery, destination, request, submission, file }: DescribedDelivery): ListedDelivery => ({
  id: delivery.id,
  state: delivery.state,
  destination: destination.name,
  request,
  receiptNumber: submission.receiptNumber,
  submitterName: submission.submitterName,
  isFound: submission.origin === 'nextcloud',
  ...(file !== null && { file: file.path }),
  createdAt: delivery.createdAt,
  ...codeOf(delivery.failureCode),
});

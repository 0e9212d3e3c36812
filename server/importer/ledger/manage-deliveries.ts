import type { Database } from '../../../db/client.ts';
import { type Acknowledgement, acknowledgeDelivery } from '../../../db/queries/acknowledgements.ts';
import { recordAudit } from '../../../db/queries/audit.ts';
import {
  attemptsOf,
  type DeliveryFilter,
  type DescribedDelivery,
  filesOfDelivery,
  findDelivery,
  giveUpDelivery,
  hurryDelivery,
  listDeliveries,
  replayDeliveries,
} from '../../../db/queries/ledger.ts';
import { releaseFile } from '../../../db/queries/scans.ts';
import { Failure } from '../../lib/failure.ts';
import { type Page, type PageAsked, pageOf } from '../../lib/pages.ts';
import type { LedgerActor } from './actor.ts';

/** @throws Failure `input.invalid` for a cursor that is no place in the ledger */
export const pageOfDeliveries = (
  db: Database,
  filter: DeliveryFilter,
  asked: PageAsked,
): Promise<Page<DescribedDelivery>> =>
  pageOf(asked, /^dlv_[0-9a-f]+$/, (stretch) => listDeliveries(db, filter, stretch));

/** A delivery with its attempts and its files. @throws Failure `not-found` */
export const showDelivery = async (db: Database, id: string) => {
  const found = await findDelivery(db, id);
  if (found === undefined) throw new Failure('not-found');
  const [attempts, files] = await Promise.all([attemptsOf(db, id), filesOfDelivery(db, found.delivery)]);
  return { ...found, attempts, files };
};

/** Tries now what waits. @throws Failure `not-found`, `delivery.not-waiting` */
export const retryDelivery = (db: Database, id: string, actor: LedgerActor): Promise<void> =>
  db.transaction(async (tx) => {
    if ((await findDelivery(tx, id)) === undefined) throw new Failure('not-found');
    if (!(await hurryDelivery(tx, id))) throw new Failure('delivery.not-waiting');
    await recordAudit(tx, {
      actor: actor.name,
      action: 'delivery.retried',
      subject: id,
      address: actor.address,
    });
  });

/** Wants a delivery no more. @throws Failure `not-found`, `delivery.not-waiting` when it is over */
export const abandonDelivery = (db: Database, id: string, actor: LedgerActor): Promise<void> =>
  db.transaction(async (tx) => {
    if ((await findDelivery(tx, id)) === undefined) throw new Failure('not-found');
    if (!(await giveUpDelivery(tx, id))) throw new Failure('delivery.not-waiting');
    await recordAudit(tx, {
      actor: actor.name,
      action: 'delivery.given-up',
      subject: id,
      address: actor.address,
    });
  });

/**
 * Delivers again, from the first attempt, what was given up or was delivered.
 * @throws Failure `not-found`; `delivery.not-over` while it waits, is under way or is taken away; `delivery.files-gone` when its files were deleted or taken back
 */
export const replayDelivery = (db: Database, id: string, actor: LedgerActor): Promise<void> =>
  db.transaction(async (tx) => {
    const found = await findDelivery(tx, id);
    if (found === undefined) throw new Failure('not-found');
    const files = await filesOfDelivery(tx, found.delivery);
    if (found.delivery.state === 'withdrawn' || files.some(({ removedAt }) => removedAt !== null))
      throw new Failure('delivery.files-gone');
    if (found.delivery.state === 'waiting' || found.delivery.state === 'delivering')
      throw new Failure('delivery.not-over');
    if ((await replayDeliveries(tx, { ids: [id] }, ['dead', 'delivered'])).length === 0)
      throw new Failure(found.isDestinationGone ? 'delivery.destination-removed' : 'delivery.not-over');
    await recordAudit(tx, {
      actor: actor.name,
      action: 'delivery.replayed',
      subject: id,
      address: actor.address,
    });
  });

/**
 * Delivers everything of the actor's teams again that failed for good, to one destination or to all; what staff gave up stays.
 * @returns how many
 */
export const replayAll = (
  db: Database,
  destinationId: string | undefined,
  actor: LedgerActor,
): Promise<number> =>
  db.transaction(async (tx) => {
    const ids = await replayDeliveries(tx, { destinationId, teams: actor.teams, failedAlone: true }, [
      'dead',
    ]);
    for (const subject of ids)
      await recordAudit(tx, {
        actor: actor.name,
        action: 'delivery.replayed',
        subject,
        address: actor.address,
      });
    return ids.length;
  });

/**
 * Lets a file be delivered that a scanner found something in, or could not look at whole. What its submission was delivered
 * without it is delivered again.
 * @throws Failure `not-found` when there is nothing to release
 */
export const releaseHeld = (db: Database, fileId: string, actor: LedgerActor): Promise<void> =>
  db.transaction(async (tx) => {
    const submissionId = await releaseFile(tx, fileId);
    if (submissionId === undefined) throw new Failure('not-found');
    await recordAudit(tx, {
      actor: actor.name,
      action: 'file.released',
      subject: fileId,
      address: actor.address,
    });
    if (submissionId === null) return;
    await replayDeliveries(tx, { withFile: { submissionId, fileId } }, [
      'dead',
      'delivered',
      'delivering',
      'waiting',
    ]);
  });

/** What the receiver of a delivery says of it. Said again, or after its end, it changes nothing. */
export const acknowledge = (
  db: Database,
  deliveryId: string,
  said: Acknowledgement,
  address: string,
): Promise<void> =>
  db.transaction(async (tx) => {
    if (!(await acknowledgeDelivery(tx, deliveryId, said))) return;
    await recordAudit(tx, {
      actor: `delivery:${deliveryId}`,
      action: said.outcome === 'delivered' ? 'delivery.acknowledged' : 'delivery.refused',
      subject: deliveryId,
      address,
    });
  });

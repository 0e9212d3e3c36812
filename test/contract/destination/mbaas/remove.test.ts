import { afterEach, describe, expect, test } from 'vitest';
import type { Delivered } from '../../../../server/importer/destinations/destination.ts';
import { contextOf, deliveryOf, fileOf } from '../deliveries.ts';
import { filesIn } from './harness.ts';
import { calls, closeAll, nameOf, open } from './support.ts';

afterEach(closeAll);

describe('removing', () => {
  const delivered = async (config: Record<string, unknown> = {}) => {
    const place = await open(config);
    const delivery = deliveryOf([fileOf('a.txt', Buffer.from('a')), fileOf('b.txt', Buffer.from('b'))]);
    const result = await place.destination.deliver(delivery, contextOf());
    const remove = async (what: Delivered = result) =>
      place.destination.remove?.(what, new AbortController().signal);
    return { ...place, delivery, result, remove };
  };

  test('takes files, addresses and manifest away; saying it again changes nothing', async () => {
    const { standin, result, remove, delivery, destination } = await delivered({ publish: true });
    const other = await standin.put('incoming', 'other.txt', Buffer.from('theirs'));
    await remove();
    expect(filesIn(standin)).toEqual([other]);
    expect(calls(standin, 'DELETE', '/publish')).toHaveLength(2);
    for (const { link } of result.remote) expect((await fetch(link ?? '')).status).toBe(404);
    expect(calls(standin, 'DELETE', '/files/')[0]?.path).toContain('manifest.json');
    await remove();
    expect(filesIn(standin)).toEqual([other]);
    expect(await destination.probe(delivery, contextOf())).toBeUndefined();
  });

  test('is refused where the destination was pointed elsewhere since: nothing there is gone', async () => {
    const { standin, result, again } = await delivered();
    standin.addBucket('other');
    const elsewhere = again({ bucket: 'other' });
    await expect(elsewhere.remove?.(result, new AbortController().signal)).rejects.toMatchObject({
      code: 'destination.rejected',
    });
    expect(filesIn(standin)).toHaveLength(3);
  });

  test('also from what the ledger kept as JSON', async () => {
    const { standin, result, remove } = await delivered();
    await remove(JSON.parse(JSON.stringify(result)) as Delivered);
    expect(filesIn(standin)).toEqual([]);
  });

  test('leaves alone what has one of the names and is not ours', async () => {
    const { standin, delivery, remove } = await delivered();
    const name = nameOf(delivery, 'a.txt');
    standin.bucket('incoming')?.files.delete(name);
    const other = await standin.put('incoming', name, Buffer.from('theirs'));
    const closed = { owner: 'somebody', r: [], w: [] };
    standin.bucket('incoming')?.files.delete(nameOf(delivery, 'b.txt'));
    const unseen = await standin.put('incoming', nameOf(delivery, 'b.txt'), Buffer.from('x'), {
      acl: closed,
    });
    await remove();
    expect(filesIn(standin)).toEqual([other, unseen]);
  });

  test('is not said to be done where the account may not look or delete any more', async () => {
    const { standin, remove } = await delivered();
    const bucket = standin.bucket('incoming');
    for (const contentAcl of [{ w: ['g:authenticated'] }, { r: ['g:authenticated'] }]) {
      if (bucket !== undefined) bucket.contentAcl = contentAcl;
      await expect(remove()).rejects.toMatchObject({ code: 'destination.auth', retry: 'later' });
    }
    expect(filesIn(standin)).toHaveLength(3);
    if (bucket !== undefined) bucket.contentAcl = { r: ['g:authenticated'], w: ['g:authenticated'] };
    await remove();
    expect(filesIn(standin)).toEqual([]);
  });
});

import { expect, test } from 'vitest';
import { holdAlone } from '../../../web/islands/sending/alone.ts';

/** A lock of a browser that another window holds until `letGo`; the one after it has it for good. */
const heldElsewhere = () => {
  let letGo = () => undefined as void;
  const isFree = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const request = async (_name: string, { signal }: LockOptions, granted: LockGrantedCallback<unknown>) => {
    await new Promise<void>((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(new DOMException('given up', 'AbortError')));
      void isFree.then(resolve);
    });
    return granted(null);
  };
  return { letGo: () => letGo(), locks: { request } as Pick<LockManager, 'request'> };
};

test('a window that lets go within the time is waited for', async () => {
  const { letGo, locks } = heldElsewhere();
  const held = holdAlone('sub_1', locks, 60_000);
  letGo();
  expect(await held).toBe(true);
});

test('one that does not has it', async () => {
  expect(await holdAlone('sub_1', heldElsewhere().locks, 1)).toBe(false);
});

test('where the browser knows no locks, or refuses them, everybody is alone', async () => {
  expect(await holdAlone('sub_1', undefined)).toBe(true);
  const refusing = { request: () => Promise.reject(new Error('SecurityError')) };
  expect(await holdAlone('sub_1', refusing as unknown as LockManager)).toBe(true);
});

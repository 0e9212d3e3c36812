import { type BlockList, isIP } from 'node:net';
import { getConnInfo } from '@hono/node-server/conninfo';
import type { Context } from 'hono';

/** Tells a client's address. X-Forwarded-For is believed only as far as trusted proxies wrote it. */
export type AddressOf = (c: Context) => string;

export const createAddressOf = (trusted: BlockList): AddressOf => {
  const isTrusted = (address: string) => {
    const family = isIP(address);
    return family !== 0 && trusted.check(address, family === 4 ? 'ipv4' : 'ipv6');
  };
  return (c) => {
    let address = plain(getConnInfo(c).remote.address ?? '');
    const chain = (c.req.header('x-forwarded-for') ?? '').split(',').map((entry) => plain(entry.trim()));
    while (isTrusted(address) && chain.length > 0) {
      const next = chain.pop() ?? '';
      if (isIP(next) === 0) break;
      address = next;
    }
    return address;
  };
};

const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '');

import { BlockList, isIP } from 'node:net';
import { getConnInfo } from '@hono/node-server/conninfo';
import type { Context } from 'hono';

/** Tells a client's address. X-Forwarded-For is believed only as far as trusted proxies wrote it. */
export type AddressOf = (c: Context) => string;

/** @throws Error for an entry that is neither an address nor a CIDR range */
export const createAddressOf = (trustedProxies: readonly string[]): AddressOf => {
  const trusted = new BlockList();
  for (const entry of trustedProxies) {
    const [address = '', prefix] = entry.split('/');
    const family = isIP(address);
    if (family === 0) throw new Error('TRUSTED_PROXIES: expected addresses or ranges such as 10.0.0.0/8');
    trusted.addSubnet(address, Number(prefix ?? (family === 4 ? 32 : 128)), family === 4 ? 'ipv4' : 'ipv6');
  }
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

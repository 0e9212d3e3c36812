import { type LookupAddress, lookup as resolve } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { Failure } from '../failure.ts';

/**
 * Which addresses this installation may be made to call. Whoever sets up a destination names a host; without this, that
 * host could be the machine's own services, a neighbour, or a cloud's metadata service. Looked at when a connection is
 * made, so that a name which means another address by then, or a redirect, is no way around.
 */
export interface AddressGuard {
  allows(address: string): boolean;
  /** For `connect` of net, tls and http: resolves a name to its allowed addresses alone. */
  readonly lookup: LookupFunction;
  /** A host that is an address is never looked up. @throws Failure `destination.address-refused` */
  requireAllowed(host: string): void;
}

/** Loopback, private, link-local, shared, reserved, multicast: IANA's special-purpose registries (RFC 6890 and later). */
const inside: readonly [network: string, prefix: number, family: 'ipv4' | 'ipv6'][] = [
  ['0.0.0.0', 8, 'ipv4'],
  ['10.0.0.0', 8, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['127.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.0.0.0', 24, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['198.18.0.0', 15, 'ipv4'],
  ['224.0.0.0', 4, 'ipv4'],
  ['240.0.0.0', 4, 'ipv4'],
  ['::', 128, 'ipv6'],
  ['::1', 128, 'ipv6'],
  // Ways to write an IPv4 address, or to be carried to one: what is behind them can't be told from the prefix.
  ['64:ff9b::', 96, 'ipv6'],
  ['64:ff9b:1::', 48, 'ipv6'],
  ['2001::', 32, 'ipv6'],
  ['2002::', 16, 'ipv6'],
  ['fc00::', 7, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
  ['fec0::', 10, 'ipv6'],
  ['ff00::', 8, 'ipv6'],
];

/** @param allowed networks that may be called although they lie inside */
export const createAddressGuard = (allowed: BlockList): AddressGuard => {
  const refused = new BlockList();
  for (const [network, prefix, family] of inside) refused.addSubnet(network, prefix, family);
  const isIn = (list: BlockList, address: string) =>
    list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
  const allows = (address: string): boolean => {
    const plain = address.replace(/^\[|\]$|%.*$/g, '');
    if (isIP(plain) === 0) return false;
    return isIn(allowed, plain) || !isIn(refused, plain);
  };
  const lookup: LookupFunction = (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, found: LookupAddress[]) => {
      if (error !== null) return callback(error, '', 0);
      const fit = found.filter(({ address }) => allows(address));
      const [first] = fit;
      if (first === undefined) return callback(refusal(hostname), '', 0);
      if (options.all === true) return callback(null, fit);
      return callback(null, first.address, first.family);
    });
  };
  return {
    allows,
    lookup,
    requireAllowed(host) {
      const plain = host.replace(/^\[|\]$/g, '');
      if (isIP(plain.replace(/%.*$/, '')) !== 0 && !allows(plain)) throw refusal(host);
    },
  };
};

const refusal = (host: string): Failure =>
  new Failure('destination.address-refused', { retry: 'later', params: { host } });

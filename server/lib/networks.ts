import { BlockList, isIP } from 'node:net';

/**
 * Addresses and ranges as a list that can be asked.
 * @param text separated by commas or spaces: `127.0.0.1, 10.0.0.0/8`
 * @returns undefined when an entry is neither
 */
export const networksOf = (text: string): BlockList | undefined => {
  const networks = new BlockList();
  for (const entry of text.split(/[\s,]+/).filter((each) => each !== '')) {
    const [, address = '', prefix] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(entry) ?? [];
    const family = isIP(address);
    const longest = family === 4 ? 32 : 128;
    const bits = prefix === undefined ? longest : Number(prefix);
    if (family === 0 || bits > longest) return undefined;
    networks.addSubnet(address, bits, family === 4 ? 'ipv4' : 'ipv6');
  }
  return networks;
};

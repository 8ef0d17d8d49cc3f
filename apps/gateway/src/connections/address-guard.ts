import ipaddr from 'ipaddr.js';

/**
 * What an address is to the gateway: `public` may always be reached, `private` only where an admin
 * ticked it for that connection, `refused` never.
 */
export type AddressClass = 'public' | 'private' | 'refused';

type Block = readonly [ipaddr.IPv4 | ipaddr.IPv6, number];
const blocks = (...texts: readonly string[]): readonly Block[] =>
  texts.map((text) => ipaddr.parseCIDR(text));

/** Cloud metadata services outside link-local: whoever reads them holds the machine's credentials. */
const METADATA = blocks(
  'fd00:ec2::/32', // AWS
  'fd20:ce::/32', // Google Cloud
  '100.100.100.200/32', // Alibaba Cloud
  '168.63.129.16/32', // Azure
  '192.0.0.192/32', // Oracle Cloud
);

const PRIVATE = blocks(
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '127.0.0.0/8',
  '100.64.0.0/10', // carrier-grade NAT
  '198.18.0.0/15', // benchmarking; some VPN clients hand these out
  '::1/128',
  'fc00::/7', // unique local
);

const GLOBAL_IPV6 = blocks('2000::/3');

/** Inside the global ranges, but nobody's: documentation, protocol assignments, relays. */
const RESERVED = blocks(
  '0.0.0.0/8',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.175.48.0/24',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '169.254.0.0/16', // link-local
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, and broadcast
  '2001::/23', // protocol assignments, Teredo and ORCHID among them
  '2001:db8::/32',
  '2620:4f:8000::/48',
  '3fff::/20',
);

/** Prefixes that carry an IPv4 address, and at which byte it begins. */
const EMBEDDING: readonly (readonly [readonly Block[], number])[] = [
  [blocks('::ffff:0:0/96', '::ffff:0:0:0/96', '64:ff9b::/96', '::/96'), 12],
  [blocks('2002::/16'), 2],
];

/** Local NAT64 (RFC 8215) may embed at several places; nothing tells which, so every one must pass. */
const LOCAL_NAT64 = blocks('64:ff9b:1::/48');

/** Classifies an IP address literal. What can't be read is refused. */
export function classifyAddress(address: string): AddressClass {
  // A zone (`fe80::1%eth0`) only makes sense for addresses that are refused anyway.
  if (!ipaddr.isValid(address) || address.includes('%')) return 'refused';
  const parsed = ipaddr.parse(address);
  if (isIn(parsed, METADATA)) return 'refused';
  if (isIn(parsed, PRIVATE)) return 'private';
  if (parsed.kind() === 'ipv6') return classifyIPv6(parsed);
  return isIn(parsed, RESERVED) ? 'refused' : 'public';
}

function classifyIPv6(address: ipaddr.IPv4 | ipaddr.IPv6): AddressClass {
  const bytes = address.toByteArray();
  if (isIn(address, LOCAL_NAT64)) return 'refused';
  // `::` itself is the unspecified address, not an embedded 0.0.0.0; both end as refused.
  for (const [prefixes, at] of EMBEDDING) {
    if (isIn(address, prefixes)) return classifyEmbedded(bytes.slice(at, at + 4));
  }
  if (!isIn(address, GLOBAL_IPV6) || isIn(address, RESERVED)) return 'refused';
  // ISATAP: any prefix, then 0000:5efe or 0200:5efe, then the IPv4 address.
  const isatap = (bytes[8] ?? 0) % 2 === 0 && bytes[10] === 0x5e && bytes[11] === 0xfe;
  if (isatap && bytes[9] === 0) return classifyEmbedded(bytes.slice(12));
  return 'public';
}

/** A translated address reaches its target by way of a machine nearby: private at best. */
function classifyEmbedded(bytes: readonly number[]): AddressClass {
  return classifyAddress(bytes.join('.')) === 'refused' ? 'refused' : 'private';
}

function isIn(address: ipaddr.IPv4 | ipaddr.IPv6, list: readonly Block[]): boolean {
  return list.some(([network, bits]) => {
    if (network.kind() !== address.kind()) return false;
    return address.match(network, bits);
  });
}

/** True for loopback in any of its spellings, mapped ones included. */
export function isLoopback(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  return ipaddr.process(address).range() === 'loopback';
}

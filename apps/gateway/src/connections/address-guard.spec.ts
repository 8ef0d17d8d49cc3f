import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { classifyAddress, isLoopback, type AddressClass } from './address-guard.ts';

/** Guarantee: metadata and link-local are out of reach in every spelling, private ones need a tick. */
const CASES: readonly (readonly [string, AddressClass, string])[] = [
  ['8.8.8.8', 'public', 'an ordinary address'],
  ['93.184.216.34', 'public', 'an ordinary address'],
  ['1.1.1.1', 'public', 'an ordinary address'],
  ['9.255.255.255', 'public', 'just below 10/8'],
  ['11.0.0.0', 'public', 'just above 10/8'],
  ['172.15.255.255', 'public', 'just below 172.16/12'],
  ['172.32.0.0', 'public', 'just above 172.16/12'],
  ['192.167.255.255', 'public', 'just below 192.168/16'],
  ['100.63.255.255', 'public', 'just below carrier-grade NAT'],
  ['100.128.0.0', 'public', 'just above carrier-grade NAT'],
  ['126.255.255.255', 'public', 'just below loopback'],
  ['128.0.0.1', 'public', 'just above loopback'],
  ['223.255.255.255', 'public', 'just below multicast'],
  ['2606:4700:4700::1111', 'public', 'an ordinary IPv6 address'],
  ['2a00:1450:4001:80b::200e', 'public', 'an ordinary IPv6 address'],
  ['10.0.0.1', 'private', '10/8'],
  ['10.255.255.255', 'private', 'end of 10/8'],
  ['172.16.0.1', 'private', '172.16/12'],
  ['172.31.255.255', 'private', 'end of 172.16/12'],
  ['192.168.1.1', 'private', '192.168/16'],
  ['127.0.0.1', 'private', 'loopback'],
  ['127.255.255.254', 'private', 'end of loopback'],
  ['127.1', 'private', 'loopback, short'],
  ['0x7f.0.0.1', 'private', 'loopback, hexadecimal'],
  ['0177.0.0.1', 'private', 'loopback, octal'],
  ['2130706433', 'private', 'loopback, one number'],
  ['100.64.0.1', 'private', 'carrier-grade NAT'],
  ['100.127.255.255', 'private', 'end of carrier-grade NAT'],
  ['198.18.0.1', 'private', 'benchmarking'],
  ['198.19.255.255', 'private', 'end of benchmarking'],
  ['::1', 'private', 'loopback'],
  ['0:0:0:0:0:0:0:1', 'private', 'loopback, written out'],
  ['fc00::1', 'private', 'unique local'],
  ['fd12:3456:789a::1', 'private', 'unique local'],
  ['fdff:ffff::1', 'private', 'end of unique local'],
  ['::ffff:127.0.0.1', 'private', 'mapped loopback'],
  ['::ffff:7f00:1', 'private', 'mapped loopback, hexadecimal'],
  ['::ffff:10.0.0.1', 'private', 'mapped private'],
  ['::ffff:8.8.8.8', 'private', 'mapped public: translated nearby'],
  ['::ffff:0:8.8.8.8', 'private', 'IPv4-translated public'],
  ['64:ff9b::8.8.8.8', 'private', 'NAT64 of a public one'],
  ['64:ff9b::10.0.0.1', 'private', 'NAT64 of a private one'],
  ['2002:808:808::1', 'private', '6to4 of a public one'],
  ['2002:a00:1::', 'private', '6to4 of a private one'],
  ['::8.8.8.8', 'private', 'IPv4-compatible'],
  ['2606:4700::5efe:808:808', 'private', 'ISATAP'],
  ['169.254.169.254', 'refused', 'metadata of most clouds'],
  ['169.254.0.1', 'refused', 'link-local'],
  ['169.254.170.2', 'refused', 'container credentials'],
  ['0xa9fea9fe', 'refused', 'metadata, hexadecimal'],
  ['2852039166', 'refused', 'metadata, one number'],
  ['0251.0376.0251.0376', 'refused', 'metadata, octal'],
  ['::ffff:169.254.169.254', 'refused', 'metadata, mapped'],
  ['::ffff:a9fe:a9fe', 'refused', 'metadata, mapped, hexadecimal'],
  ['::ffff:0:169.254.169.254', 'refused', 'metadata, IPv4-translated'],
  ['::169.254.169.254', 'refused', 'metadata, IPv4-compatible'],
  ['64:ff9b::a9fe:a9fe', 'refused', 'metadata, NAT64'],
  ['64:ff9b:1::a9fe:a9fe', 'refused', 'local NAT64'],
  ['2002:a9fe:a9fe::', 'refused', 'metadata, 6to4'],
  ['2606:4700::5efe:a9fe:a9fe', 'refused', 'metadata, ISATAP'],
  ['fd00:ec2::254', 'refused', 'metadata, AWS over IPv6'],
  ['fd00:ec2::23', 'refused', 'credentials, AWS over IPv6'],
  ['fd20:ce::254', 'refused', 'metadata, Google Cloud over IPv6'],
  ['100.100.100.200', 'refused', 'metadata, Alibaba Cloud'],
  ['::ffff:100.100.100.200', 'refused', 'metadata, Alibaba Cloud, mapped'],
  ['168.63.129.16', 'refused', 'Azure’s host channel'],
  ['192.0.0.192', 'refused', 'metadata, Oracle Cloud'],
  ['fe80::1', 'refused', 'link-local'],
  ['febf::1', 'refused', 'end of link-local'],
  ['fe80::1%eth0', 'refused', 'link-local with a zone'],
  ['fec0::1', 'refused', 'site-local, withdrawn'],
  ['0.0.0.0', 'refused', 'unspecified, reaches loopback on Linux'],
  ['0.1.2.3', 'refused', 'this network'],
  ['::', 'refused', 'unspecified'],
  ['::ffff:0.0.0.0', 'refused', 'unspecified, mapped'],
  ['255.255.255.255', 'refused', 'broadcast'],
  ['240.0.0.1', 'refused', 'reserved'],
  ['224.0.0.1', 'refused', 'multicast'],
  ['239.255.255.250', 'refused', 'multicast'],
  ['ff02::1', 'refused', 'multicast'],
  ['192.0.2.1', 'refused', 'documentation'],
  ['198.51.100.1', 'refused', 'documentation'],
  ['203.0.113.1', 'refused', 'documentation'],
  ['2001:db8::1', 'refused', 'documentation'],
  ['3fff::1', 'refused', 'documentation'],
  ['192.88.99.1', 'refused', '6to4 relay'],
  ['2001:0:808:808::', 'refused', 'Teredo'],
  ['2001:20::1', 'refused', 'ORCHID'],
  ['100::1', 'refused', 'discard'],
  ['5f00::1', 'refused', 'segment routing'],
  ['4000::1', 'refused', 'nobody’s'],
  ['', 'refused', 'nothing'],
  ['localhost', 'refused', 'a name'],
  ['1.2.3.4.5', 'refused', 'not an address'],
  ['256.1.1.1', 'refused', 'not an address'],
  ['[::1]', 'refused', 'not an address literal'],
];

describe('classifyAddress', () => {
  it.each(CASES)('%s is %s: %s', (address, expected) => {
    expect(classifyAddress(address)).toBe(expected);
  });

  it('never calls a translated IPv4 address public, and keeps refused ones refused', () => {
    const prefixes = ['::ffff:', '::ffff:0:', '64:ff9b::', '::'];
    fc.assert(
      fc.property(fc.ipV4(), fc.constantFrom(...prefixes), (address, prefix) => {
        const embedded = classifyAddress(`${prefix}${address}`);
        // ::1 is the one address that reads as embedded and is not.
        if (prefix === '::' && address === '0.0.0.1') return;
        expect(embedded).toBe(classifyAddress(address) === 'refused' ? 'refused' : 'private');
      }),
    );
  });
});

describe('isLoopback', () => {
  it.each(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'])('%s is', (address) => {
    expect(isLoopback(address)).toBe(true);
  });
  it.each(['10.0.0.1', '8.8.8.8', '::', 'localhost'])('%s is not', (address) => {
    expect(isLoopback(address)).toBe(false);
  });
});

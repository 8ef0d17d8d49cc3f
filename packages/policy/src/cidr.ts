import { PolicyError } from './policy-error.ts';

interface Address {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

/**
 * Whether an IP address lies in a CIDR range. An IPv4 address written as IPv6
 * (`::ffff:10.0.0.1`) counts as the IPv4 address it stands for; the two families never match.
 *
 * Only the canonical spellings are read. Octal, hexadecimal and shortened IPv4 forms mean
 * different hosts to different programs, so they are an error.
 *
 * @throws PolicyError `invalid_address`
 */
export function cidrContains(range: string, ip: string): boolean {
  const [network = '', prefixText, ...rest] = range.split('/');
  const base = parseAddress(network);
  const prefix = Number(prefixText);
  if (prefixText === undefined || rest.length > 0 || !/^\d{1,3}$/.test(prefixText)) {
    throw new PolicyError('invalid_address', `"${range}" is not a range such as 10.0.0.0/8.`);
  }
  if (prefix > base.bits) {
    throw new PolicyError('invalid_address', `The prefix of "${range}" is too long.`);
  }
  const address = parseAddress(ip);
  if (address.bits !== base.bits) return false;
  const shift = BigInt(base.bits - prefix);
  return address.value >> shift === base.value >> shift;
}

function parseAddress(text: string): Address {
  const address = text.includes(':') ? parseIpv6(text) : parseIpv4(text);
  if (address === undefined) {
    throw new PolicyError('invalid_address', `"${text.slice(0, 64)}" is not an IP address.`);
  }
  return address;
}

function parseIpv4(text: string): Address | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0n;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    value = (value << 8n) | BigInt(part);
  }
  return { bits: 32, value };
}

function parseIpv6(text: string): Address | undefined {
  if (text.length > 45) return undefined;
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = groupsOf(halves[0] ?? '');
  const tail = halves.length === 2 ? groupsOf(halves[1] ?? '') : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;

  const groups = [...head, ...Array<bigint>(missing).fill(0n), ...tail];
  const value = groups.reduce((sum, group) => (sum << 16n) | group, 0n);
  if (value >> 32n === 0xffffn) return { bits: 32, value: value & 0xffffffffn };
  return { bits: 128, value };
}

function groupsOf(text: string): bigint[] | undefined {
  if (text === '') return [];
  const groups: bigint[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (index === parts.length - 1 && part.includes('.')) {
      const v4 = parseIpv4(part);
      if (v4 === undefined) return undefined;
      groups.push(v4.value >> 16n, v4.value & 0xffffn);
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return undefined;
      groups.push(BigInt(`0x${part}`));
    }
  }
  return groups;
}

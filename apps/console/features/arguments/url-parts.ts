/** The parts of an address as it is written, and where a browser or a program would really go. */
export interface UrlParts {
  readonly scheme: string;
  /** What stands before `@`: not where it goes, but easily read as that. */
  readonly userInfo: string;
  readonly host: string;
  readonly rest: string;
  /** The host as it is looked up; `null` where the address can't be read. */
  readonly goesTo: string | null;
  /** What a reader of that host would see, where it is written in another script. */
  readonly inLetters: string | null;
  readonly warnings: readonly string[];
}

const PARTS = /^([a-z][a-z0-9+.-]*:(?:\/\/)?)(?:([^/?#\\]*)@)?([^/?#\\]*)([\s\S]*)$/i;

export function urlParts(text: string): UrlParts {
  const [, scheme = '', userInfo = '', host = '', rest = text] = PARTS.exec(text) ?? [];
  const url = URL.canParse(text) ? new URL(text) : null;
  const goesTo = url === null || url.hostname === '' ? null : url.hostname;
  const letters = goesTo === null ? null : lettersOf(goesTo);
  const inLetters = letters === goesTo ? null : letters;
  return {
    scheme,
    userInfo: userInfo === '' ? '' : `${userInfo}@`,
    host,
    rest,
    goesTo,
    inLetters,
    warnings: [
      ...(userInfo === '' ? [] : ['what stands before @ is not where it goes']),
      ...(inLetters === null ? [] : ['its host has letters of other scripts']),
      ...(url?.protocol === 'http:' ? ['not encrypted'] : []),
      ...(goesTo !== null && isPrivate(goesTo) ? ['an address inside the network'] : []),
      ...(url !== null && !['http:', 'https:'].includes(url.protocol)
        ? [`opens by ${url.protocol.slice(0, -1)}`]
        : []),
      ...(text.includes('\\') ? ['a backslash, which some programs read as a slash'] : []),
    ],
  };
}

/** A mark, not a rule: what a connection may reach is the gateway's to say. */
function isPrivate(address: string): boolean {
  const host = address.replace(/\.$/, '');
  const bare = v4Inside(host) ?? host;
  return (
    bare === 'localhost' ||
    /\.(?:localhost|internal|local)$/.test(bare) ||
    /^(?:127\.|10\.|192\.168\.|169\.254\.|172\.(?:1[6-9]|2\d|3[01])\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|0\.|\[(?:::1?\]|f[cd]|fe80))/.test(
      bare,
    )
  );
}

/** `[::ffff:7f00:1]`, as a browser writes it, goes to 127.0.0.1; so do its kin, and what NAT64 makes of them. */
function v4Inside(host: string): string | null {
  const halves = /^\[(?:::ffff:|::|64:ff9b::)([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/.exec(host);
  if (halves === null) return null;
  const [high, low] = halves.slice(1).map((half) => Number.parseInt(half, 16));
  return [high, low].flatMap((half = 0) => [half >> 8, half & 255]).join('.');
}

/** `xn--80ak6aa92e.com` as it is drawn: `аррӏе.com`. */
function lettersOf(host: string): string {
  return host
    .split('.')
    .map((label) => (label.startsWith('xn--') ? (decodeLabel(label.slice(4)) ?? label) : label))
    .join('.');
}

/** Of a name that can be looked up. Of schemes that a browser doesn't know, a host may be of any length. */
const LONGEST_LABEL = 63;

/** Punycode, RFC 3492, section 6.2; `null` for what is none. */
function decodeLabel(label: string): string | null {
  if (label.length > LONGEST_LABEL) return null;
  const split = label.lastIndexOf('-');
  const output = [...label.slice(0, Math.max(split, 0))].map((one) => one.codePointAt(0) ?? 0);
  let n = 128;
  let i = 0;
  let bias = 72;
  let at = split < 0 ? 0 : split + 1;
  while (at < label.length) {
    const before = i;
    for (let weight = 1, k = 36; ; k += 36) {
      const digit = '0123456789abcdefghijklmnopqrstuvwxyz'.indexOf(label[at] ?? '');
      if (digit < 0) return null;
      at += 1;
      // Letters are 0 to 25, digits 26 to 35.
      const value = digit < 10 ? digit + 26 : digit - 10;
      i += value * weight;
      const threshold = Math.min(Math.max(k - bias, 1), 26);
      if (value < threshold) break;
      weight *= 36 - threshold;
      if (i > 0x7fffffff) return null;
    }
    const length = output.length + 1;
    bias = adapted(i - before, length, before === 0);
    n += Math.floor(i / length);
    if (n > 0x10ffff) return null;
    i %= length;
    output.splice(i, 0, n);
    i += 1;
  }
  return String.fromCodePoint(...output);
}

function adapted(delta: number, length: number, first: boolean): number {
  let rest = first ? Math.floor(delta / 700) : Math.floor(delta / 2);
  rest += Math.floor(rest / length);
  let k = 0;
  for (; rest > 455; k += 36) rest = Math.floor(rest / 35);
  return k + Math.floor((36 * rest) / (rest + 38));
}

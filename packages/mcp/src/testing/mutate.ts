import type { SeededRandom } from './seeded-random.ts';

/** Text as one character per byte, so that a mutation can cut a character of UTF-8 in two. */
type Bytes = string;
type Mutation = (bytes: Bytes, random: SeededRandom) => Bytes;

const encodeText = (text: string): Bytes => Buffer.from(text, 'utf8').toString('latin1');

/** What parsers have been seen to disagree about. */
const TOKENS: readonly [Bytes, ...Bytes[]] = [
  ...([
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '\\',
    '/',
    "'",
    '-',
    '+',
    '.',
    '0',
    'e',
    '\0',
    '\x7f',
    '\x0b',
  ] as const),
  ...['\n', '\r', '\t', ' ', '\r\n\r\n', '\x1b[2J'],
  ...['null', 'true', 'false', 'NaN', 'Infinity', 'undefined', '//c\n', '/*c*/', '#c\n', '<!--'],
  ...['1e400', '-0', '1.0', '0x10', '01', '1_000', '9007199254740993', '1e-400', '.5', '5.'],
  ...['\\u0000', '\\ud800', '\\udc00', '\\u006d', '\\u0022', '\\u', '\\x41', '\\v', '\\/'],
  ...['"__proto__":{"name":"forbidden","method":"tools/call"},', '"constructor":{"prototype":{}},'],
  ...['"method":"tools/call",', '"Method":"tools/call",', '"name":"forbidden",', '"NAME":"write",'],
  ...['"params":{"name":"forbidden"},', '"id":1,', '"ID":2,', '"jsonrpc":"2.0",', '"safe":true,'],
  ...[
    '"\\u006dethod":"tools/call",',
    '"name\\u0000":"forbidden",',
    '"result":{},',
    '"arguments":{},',
  ],
  ...['\ufeff', '\u2028', '\u00a0', '\u202e', '\u200b', '\u212a', '\u017f', '\u0130', '😀'].map(
    encodeText,
  ),
  ...[
    '\xed\xa0\x80',
    '\xc0\xaf',
    '\xff',
    '\xf4\x90\x80\x80',
    '\xe2\x80',
    '\x80',
    '\xef\xbb\xbf',
    '\xfe\xff',
  ],
  ...['data: x\n\n', 'id: 1\n', ':', 'retry: 1\n', '=?base64?', '?='],
];

const IDS: readonly [string, ...string[]] = [
  ...([
    '0',
    '-1',
    '1.0',
    '1e2',
    '9007199254740992',
    '123456789012345678901234567890',
    'null',
    'true',
  ] as const),
  ...['{}', '[1]', '""', '"\\u0000"', '"\\ud800"', `"${'9'.repeat(400)}"`, '-0', '1E400'],
];

const BYTE_MUTATIONS: readonly [Mutation, ...Mutation[]] = [
  function flipBit(bytes, random) {
    const at = random.below(bytes.length);
    const flipped = bytes.charCodeAt(at) ^ (1 << random.below(8));
    return replace(bytes, at, at + 1, String.fromCharCode(flipped & 0xff));
  },
  function insertByte(bytes, random) {
    return insert(bytes, random, String.fromCharCode(random.below(256)));
  },
  function insertToken(bytes, random) {
    return insert(bytes, random, random.pick(TOKENS));
  },
  function deleteSpan(bytes, random) {
    const at = random.below(bytes.length);
    return replace(bytes, at, at + 1 + random.below(8), '');
  },
  function duplicateSpan(bytes, random) {
    const at = random.below(bytes.length);
    return insert(bytes, random, bytes.slice(at, at + 1 + random.below(32)));
  },
  function truncate(bytes, random) {
    return bytes.slice(0, random.below(bytes.length));
  },
];

const TEXT_MUTATIONS: readonly [Mutation, ...Mutation[]] = [
  function changeCase(bytes, random) {
    return changeString(bytes, random, (text) => {
      const at = random.below(text.length);
      const letter = text.charAt(at);
      const other = letter.toLowerCase() === letter ? letter.toUpperCase() : letter.toLowerCase();
      return replace(text, at, at + 1, other);
    });
  },
  function swapLookalike(bytes, random) {
    const twins: Readonly<Record<string, string>> = {
      k: '\u212a',
      s: '\u017f',
      i: '\u0131',
      a: '\u0430',
      e: '\u0435',
    };
    return changeString(bytes, random, (text) => {
      const at = random.below(text.length);
      return replace(text, at, at + 1, encodeText(twins[text.charAt(at)] ?? text.charAt(at)));
    });
  },
  function escapeCharacter(bytes, random) {
    return changeString(bytes, random, (text) => {
      const at = random.below(text.length);
      const hex = text.charCodeAt(at).toString(16).padStart(4, '0');
      return replace(text, at, at + 1, `\\u${random.oneIn(2) ? hex : hex.toUpperCase()}`);
    });
  },
  function appendToString(bytes, random) {
    return changeString(
      bytes,
      random,
      (text) => text + random.pick(['\\u0000', ' ', '\\t', '\u200b', '\\ud83d', 'x']),
    );
  },
  function replaceString(bytes, random) {
    return changeString(bytes, random, () =>
      random.pick([
        'method',
        'name',
        'params',
        'arguments',
        'id',
        '__proto__',
        'tools/call',
        'read',
        'write',
        'forbidden',
        'safe',
        '_meta',
      ]),
    );
  },
  function repeatMember(bytes, random) {
    const members = [...bytes.matchAll(/"[^"\\]{1,20}":(?:"[^"]*"|[\w.+-]+|\{\}|\[\])/g)];
    const found = members[random.below(members.length)];
    if (!found) return bytes;
    return replace(bytes, found.index, found.index, `${found[0]},`);
  },
  function replaceNumber(bytes, random) {
    const numbers = [...bytes.matchAll(/(?<=[:,[])-?\d[\d.eE+-]*/g)];
    const found = numbers[random.below(numbers.length)];
    if (!found) return bytes;
    return replace(bytes, found.index, found.index + found[0].length, random.pick(IDS));
  },
  function flipWord(bytes, random) {
    return random.oneIn(2) ? bytes.replace('true', 'false') : bytes.replace('false', 'true');
  },
  function addWhiteSpace(bytes, random) {
    const commas = [...bytes.matchAll(/[,:{}[\]]/g)];
    const at = commas[random.below(commas.length)]?.index ?? 0;
    return replace(
      bytes,
      at,
      at,
      random.pick([' ', '\n', '\r', '\t', '\v', '\f', encodeText('\u00a0'), '\xef\xbb\xbf']),
    );
  },
  function wrapInBatch(bytes, random) {
    return random.oneIn(2) ? `[${bytes}]` : `[${bytes},${bytes}]`;
  },
  function nestDeeply(bytes, random) {
    const depth = 1 + random.below(random.oneIn(50) ? 2000 : 140);
    const [open, close] = random.oneIn(2) ? ['[', ']'] : ['{"a":', '}'];
    const inner = random.pick(['1', '""', '{"name":"forbidden"}']);
    return bytes.replace(
      /true|false|null|\d+/,
      () => open.repeat(depth) + inner + close.repeat(depth),
    );
  },
  function addMember(bytes, random) {
    const braces = [...bytes.matchAll(/\{/g)];
    const at = (braces[random.below(braces.length)]?.index ?? 0) + 1;
    const key = random.pick([
      'q',
      'Method',
      '__proto__',
      'nam\\u0065',
      'ſafe',
      'params',
      'x\\u0000',
      'result',
      'Safe',
      'id',
    ]);
    const value = random.pick([
      '1',
      '"forbidden"',
      '{"name":"forbidden"}',
      'null',
      '[]',
      '"tools/call"',
    ]);
    const comma = /^\s*\}/.test(bytes.slice(at)) ? '' : ',';
    return replace(bytes, at, at, `"${encodeText(key)}":${value}${comma}`);
  },
];

/**
 * A valid seed, changed one to four times, half of them once. Most changes know JSON: blind ones
 * would hardly ever get past the first brace.
 */
export function mutate(seed: string, random: SeededRandom): Uint8Array {
  let bytes = encodeText(seed);
  for (let left = random.oneIn(2) ? 1 : 1 + random.below(4); left > 0; left -= 1) {
    const mutation = random.pick(random.oneIn(3) ? BYTE_MUTATIONS : TEXT_MUTATIONS);
    bytes = mutation(bytes, random);
  }
  return new Uint8Array(Buffer.from(bytes, 'latin1'));
}

function replace(bytes: Bytes, start: number, end: number, by: Bytes): Bytes {
  return bytes.slice(0, start) + by + bytes.slice(end);
}

function insert(bytes: Bytes, random: SeededRandom, what: Bytes): Bytes {
  const at = random.below(bytes.length + 1);
  return replace(bytes, at, at, what);
}

/** Changes what stands between two quotes, key or value. */
function changeString(bytes: Bytes, random: SeededRandom, change: (text: Bytes) => Bytes): Bytes {
  const strings = [...bytes.matchAll(/"((?:[^"\\]|\\.)+)"/g)];
  const found = strings[random.below(strings.length)];
  const text = found?.[1];
  if (text === undefined || found === undefined) return bytes;
  return replace(bytes, found.index, found.index + found[0].length, `"${change(text)}"`);
}

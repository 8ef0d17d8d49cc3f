import { Duration, UnsignedInt } from '@marcbachmann/cel-js/evaluator';
import { PolicyError } from '../policy-error.ts';

const MAX_INT = 2n ** 63n - 1n;
const MIN_INT = -(2n ** 63n);
/** CEL's longest span, ten thousand years: with it every moment stays one. */
const MAX_SECONDS = 315_576_000_000n;

const DOUBLE = /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|Infinity)$/i;

/**
 * A number that is none is neither over a limit nor under it, so that no rule would notice it. `0x1F` is 31
 * for some readers and 0 for others.
 */
function readDouble(text: string): number {
  const named = text.replace(/^([+-]?)inf(?:inity)?$/i, '$1Infinity');
  return DOUBLE.test(named) ? Number(named) : unreadable('double');
}

function readInt(text: string): bigint {
  if (!/^[+-]?\d{1,19}$/.test(text)) return unreadable('int');
  const value = BigInt(text.replace(/^\+/, ''));
  return value >= MIN_INT && value <= MAX_INT ? value : unreadable('int');
}

function readUnsigned(text: string): UnsignedInt {
  if (!/^\+?\d{1,20}$/.test(text)) return unreadable('uint');
  const value = BigInt(text.replace(/^\+/, ''));
  return value < 2n ** 64n ? new UnsignedInt(value) : unreadable('uint');
}

const TIME =
  /^(\d{4})-(\d\d)-(\d\d)[Tt ](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)$/;

/** With its zone, or it would be the process' own; and of a day that there is. */
function readMoment(text: string): Date {
  const [, year = '', month = '', day = '00'] = TIME.exec(text) ?? [];
  const days = new Date(Date.UTC(2000 + (Number(year) % 400), Number(month), 0)).getUTCDate();
  if (day === '00' || !(Number(day) <= days)) return unreadable('timestamp');
  // Written otherwise, the year 50 would be 1950.
  return inRange(Date.parse(text.toUpperCase().replace(' ', 'T')));
}

/** From the year 1 to the year 9999. */
function inRange(ms: number): Date {
  if (ms >= -62_135_596_800_000 && ms <= 253_402_300_799_999) return new Date(ms);
  return unreadable('timestamp');
}

const SECOND = 1_000_000_000n;
const MAX_SPAN_LENGTH = 100;
const SPAN_TEXT = /^[+-]?(?:(?=\.?\d)\d{0,20}(?:\.\d{0,9})?(?:ns|us|µs|ms|s|m|h))+$/;
const NANOSECONDS: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1_000n],
  ['µs', 1_000n],
  ['ms', 1_000_000n],
  ['s', SECOND],
  ['m', 60n * SECOND],
  ['h', 3_600n * SECOND],
]);

/** `1h30m`, `-1.5h`, as Go writes them. */
function readSpan(text: string): Duration {
  if (text.length > MAX_SPAN_LENGTH || !SPAN_TEXT.test(text)) return unreadable('duration');
  let nanoseconds = 0n;
  for (const [, whole = '', part = '', unit = ''] of text.matchAll(/(\d*)\.?(\d*)([a-zµ]+)/g)) {
    const each = NANOSECONDS.get(unit) ?? 0n;
    nanoseconds += BigInt(whole) * each + (BigInt(part.padEnd(9, '0')) * each) / SECOND;
  }
  const seconds = nanoseconds / SECOND;
  if (seconds > MAX_SECONDS) return unreadable('duration');
  const sign = text.startsWith('-') ? -1 : 1;
  return new Duration(BigInt(sign) * seconds, sign * Number(nanoseconds % SECOND));
}

function unreadable(name: string): never {
  throw new PolicyError('value_not_supported', `${name}() can't read this value.`);
}

/**
 * Conversions that ours stand in for. The library takes `""` for 0, `NaN` for a number, `h` for a
 * span, 30 February for 2 March and `2027-01-01T00:00:00.000` for a time of the process' own zone.
 * Each with its signature; what isn't a text is converted as the library does.
 */
export const CONVERSIONS = {
  int: {
    'int: int': (value: bigint) => value,
    'double: int': (value: number) =>
      Number.isFinite(value) ? BigInt(Math.trunc(value)) : unreadable('int'),
    'string: int': readInt,
  },
  double: {
    'double: double': (value: number) => value,
    'int: double': Number,
    'uint: double': Number,
    'string: double': readDouble,
  },
  uint: {
    'uint: uint': (value: UnsignedInt) => value,
    'int: uint': (value: bigint) => (value >= 0n ? new UnsignedInt(value) : unreadable('uint')),
    'double: uint': (value: number) =>
      value >= 0 && value < 2 ** 64
        ? new UnsignedInt(BigInt(Math.trunc(value)))
        : unreadable('uint'),
    'string: uint': readUnsigned,
  },
  timestamp: {
    'int: google.protobuf.Timestamp': (seconds: bigint) => inRange(Number(seconds) * 1_000),
    'string: google.protobuf.Timestamp': readMoment,
  },
  duration: { 'string: google.protobuf.Duration': readSpan },
};

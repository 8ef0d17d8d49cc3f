import { describe, expect, it } from '@jest/globals';
import { compileCondition, evaluationFault } from './condition.ts';

function evaluated(source: string, text: unknown): unknown {
  const result = compileCondition(source);
  if (!result.ok) throw new Error(result.issue.message);
  const variables = {
    args: new Map([['x', text]]),
    now: new Date('2026-11-29T12:00:00Z'),
  };
  try {
    return result.condition.evaluate(variables);
  } catch (error) {
    return evaluationFault(error);
  }
}

describe('conversions', () => {
  // Guarantees that a text which says no number, time or span is an error: as a value it would be
  // under a limit, or over none, and a rule about it would be dodged.
  it.each([
    ['int(args.x) > 20', ['', ' 7', '7.0', '0x7', '1e3', '٧', '9223372036854775808']],
    ['double(args.x) > 20.0', ['', ' 7', 'NaN', '-nan', '1,000', 'x', '.', '0x1F', '0b1', '1e']],
    ['uint(args.x) > 20u', ['', ' 7', '-1', '7.0', '0b1', '18446744073709551616', -1, 2 ** 64]],
    [
      'timestamp(args.x) > timestamp("2027-01-01T00:00:00Z")',
      [
        ...['', '2027', '2027-02-29T00:00:00Z', '2027-04-31T00:00:00Z', '2027-01-00T00:00:00Z'],
        ...['2027-01-01T24:00:00Z', '2027-13-01T00:00:00Z', '2027-01-01T00:00:00.000'],
        ...['Fri Jan 01 2027 00:00:00', '0000-01-01T00:00:00Z', '2027-01-01T00:00:00+99:00'],
      ],
    ],
    [
      'now + duration(args.x) > timestamp("2027-01-01T00:00:00Z")',
      ['', 'h', '-', '5', '1d', '1e3s', '1h 30m', '.h', '87660001h', '9'.repeat(30) + 'h'],
    ],
  ])('%s errs where there is nothing to read', (source, texts) => {
    const name = /(uint|int|double|timestamp|duration)\(args/.exec(source)?.[1];
    const found = texts.map((text) => [text, evaluated(source, text)]);
    expect(found).toEqual(texts.map((text) => [text, `${name}() can't read this value`]));
  });

  it.each([
    ['int(args.x) == 7', '7'],
    ['int(args.x) == -7', '-7'],
    ['int(args.x) == 7', '+7'],
    ['int(args.x) == 9223372036854775807', '9223372036854775807'],
    ['int(args.x) == -1', -1.9],
    ['int(args.x) == 9007199254740993', 9007199254740993n],
    ['double(args.x) == 0.5', '.5'],
    ['double(args.x) == -1200.0', '-1.2e3'],
    ['double(args.x) == 7.0', '+7.'],
    ['uint(args.x) == 7u', '7'],
    ['uint(args.x) == 7u', 7.9],
    ['uint(args.x) == 18446744073709551615u', '18446744073709551615'],
    ['double(args.x) > 1e300 ', 'inf'],
    ['double(args.x) < -1e300 ', '-Infinity'],
    ['double(args.x) == 3.0', 3n],
    ['timestamp(args.x) == timestamp("2028-02-29T22:00:00Z")', '2028-02-29T23:00:00+01:00'],
    ['timestamp(args.x) == timestamp("2027-12-31T00:00:00Z")', '2027-12-31t00:00:00z'],
    ['timestamp(args.x).getMilliseconds() == 123', '2027-12-31 00:00:00.123456789Z'],
    ['timestamp(args.x) < timestamp("0051-01-01T00:00:00Z")', '0050-06-01 00:00:00Z'],
    ['timestamp(int(args.x)) == timestamp("2027-01-01T00:00:00Z")', 1798761600],
    ['duration(args.x) == duration("90m")', '1h30m'],
    ['duration(args.x) == duration("90m")', '1.5h'],
    ['duration(args.x) == duration("-1500ms")', '-1.5s'],
    ['duration(args.x) == duration("500us")', '.5ms'],
    ['now + duration(args.x) > timestamp("9999-12-31T00:00:00Z")', '87660000h'],
  ])('%s is true of %p', (source, text) => {
    expect(evaluated(source, text)).toBe(true);
  });

  it('are called by the names that CEL has for them', () => {
    expect(evaluated('int(args.x) == 1', true)).toBe("found no matching overload for 'int(bool)'");
    expect(compileCondition('careful_int(args.x) == 1')).toMatchObject({
      ok: false,
      issue: { message: 'Unknown function.' },
    });
  });
});

import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decide } from './decide.ts';
import { EFFECTS, type Effect } from './schema.ts';
import { loadSqlParser } from './sql/parser.ts';
import { judgedCall, rules } from './testing/fixtures.ts';
import { trace } from './trace.ts';

beforeAll(() => loadSqlParser());

const condition = fc.constantFrom(
  'args.n > 3',
  'args.missing == 1',
  "'data-agents' in caller.groups",
  'sql(args.sql).mutates',
  'has(args.n) && args.n == 7 || args.list.exists(x, x == "a")',
  'count("10m") > 2',
  '!(args.n > 3) && args.list.all(x, x.matches("^[a-c]$"))',
  'args.n > 3 ? args.flag : args.missing == 2',
);
const line = fc
  .record({
    match: fc.option(
      fc.constantFrom('{ tools: [query] }', '{ tools: [other] }', '{ connections: ["prod-*"] }'),
    ),
    when: fc.option(condition),
    unless: fc.option(condition),
    effect: fc.constantFrom(...EFFECTS),
    mode: fc.option(fc.constantFrom('observe', 'enforce')),
  })
  .map((rule) =>
    Object.entries(rule)
      .flatMap(([key, value]) =>
        value === null ? [] : [`${key}: ${key === 'match' ? value : JSON.stringify(value)}`],
      )
      .join(', '),
  );
const call = fc.record({
  n: fc.constantFrom(1, 5, 7),
  flag: fc.boolean(),
  list: fc.array(fc.constantFrom('a', 'b', 'z'), { maxLength: 3 }),
  sql: fc.constantFrom('select 1', 'delete from t', 'no sql at all'),
});
const counts = fc.constantFrom({}, { '10m': 1 }, { '10m': 9 });

describe('a trace', () => {
  it('concludes what the decision is, whatever the policy and the call', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 6 }), call, counts, (lines, args, known) => {
        const policy = rules(...lines);
        const judged = judgedCall({ args });
        const facts = { counts: known };
        const { decision, rules: traced } = trace(policy, judged, facts);
        expect(decision).toEqual(decide(policy, judged, facts));

        const added = new Set(traced.flatMap(({ adds }) => adds ?? []));
        const strictest = EFFECTS.findLast((effect: Effect) => added.has(effect));
        expect(strictest ?? judged.connection.defaultEffect).toBe(decision.effect);
        expect(
          traced.filter(({ decides }) => decides).every(({ adds }) => adds === strictest),
        ).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('shows pieces whose values agree with the condition', () => {
    fc.assert(
      fc.property(condition, call, counts, (when, args, known) => {
        const policy = rules(`when: ${JSON.stringify(when)}, effect: deny`);
        const [rule] = trace(policy, judgedCall({ args }), { counts: known }).rules;
        const whole = rule?.when?.parts.find(({ source }) => source === when);
        // A condition that is one comparison is its own first piece.
        if (whole !== undefined) expect(whole.value ?? 'error').toBe(String(rule?.when?.value));
      }),
      { numRuns: 200 },
    );
  });
});

import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { JudgedCall } from './call.ts';
import { decide } from './decide.ts';
import type { Decision } from './decision.ts';
import type { Effect } from './schema.ts';
import { sqlFacts } from './sql/facts.ts';
import { loadSqlParser } from './sql/parser.ts';
import { judgedCall, rules } from './testing/fixtures.ts';

beforeAll(loadSqlParser);

const STRICTNESS: Readonly<Record<Effect, number>> = { allow: 0, hold: 1, deny: 2 };

const matches = fc.constantFrom(
  '',
  'match: { tools: [query] }, ',
  'match: { tools: ["q*", other] }, ',
  'match: { connections: [staging] }, ',
  'match: { callers: { groups: [data-agents] } }, ',
  'match: { resources: ["file:///a/**"] }, ',
);
const conditions = fc.constantFrom(
  '',
  'when: args.n > 1, ',
  'when: args.missing == 1, ',
  'unless: args.n > 1, ',
  'unless: args.missing == 1, ',
  'when: sql(args.sql).mutates, ',
  'when: sql(args.sql).ddl, ',
);
const effects = fc.constantFrom(
  'effect: allow',
  'effect: hold',
  'effect: hold, approval: dba',
  'effect: deny',
  'effect: deny, mode: observe',
  'mask: [{ detect: [email], as: redact }]',
);
const ruleLine = fc
  .tuple(matches, conditions, effects)
  .map(([match, condition, effect]) => match + condition + effect);
const ruleLines = fc.array(ruleLine, { maxLength: 6 });

const calls: fc.Arbitrary<JudgedCall> = fc
  .record({
    target: fc.constantFrom({ name: 'query' }, { name: 'other' }, { uri: 'file:///a/../b' }),
    method: fc.constantFrom('tools/call', 'resources/read', 'x/y'),
    args: fc.oneof(
      fc.record(
        {
          n: fc.integer(),
          sql: fc.constantFrom('select 1', 'delete from t', 'selec', 'drop table t'),
        },
        { requiredKeys: [] },
      ),
      fc.jsonValue(),
    ),
    defaultEffect: fc.constantFrom<Effect>('allow', 'hold', 'deny'),
  })
  .map(({ defaultEffect, ...call }) => judgedCall({ ...call, connection: { defaultEffect } }));

describe('decide', () => {
  it('guarantees that adding a deny rule never loosens', () => {
    fc.assert(
      fc.property(ruleLines, matches, conditions, calls, (lines, match, condition, call) => {
        const before = decide(rules(...lines), call);
        const after = decide(rules(...lines, `${match}${condition}effect: deny`), call);
        expect(STRICTNESS[after.effect]).toBeGreaterThanOrEqual(STRICTNESS[before.effect]);
      }),
    );
  });

  it('guarantees that adding any rule to rules that decide never loosens', () => {
    fc.assert(
      fc.property(ruleLines, ruleLine, calls, (lines, line, call) => {
        const before = decide(rules(...lines), call);
        fc.pre(before.deciding.length > 0);
        const after = decide(rules(...lines, line), call);
        expect(STRICTNESS[after.effect]).toBeGreaterThanOrEqual(STRICTNESS[before.effect]);
        expect(after.masks).toEqual(expect.arrayContaining([...before.masks]));
      }),
    );
  });

  it('guarantees that the order of rules is irrelevant', () => {
    const shuffled = ruleLines.chain((lines) =>
      fc.tuple(
        fc.constant(lines),
        fc.shuffledSubarray(lines, { minLength: lines.length, maxLength: lines.length }),
      ),
    );
    fc.assert(
      fc.property(shuffled, calls, ([lines, reordered], call) => {
        expect(unordered(decide(rules(...reordered), call))).toEqual(
          unordered(decide(rules(...lines), call)),
        );
      }),
    );
  });

  it('guarantees that an error never allows', () => {
    fc.assert(
      fc.property(ruleLines, calls, (lines, call) => {
        const decision = decide(rules(...lines), call);
        const errs = decision.outcomes.some(
          ({ condition, observed, effect }) =>
            condition?.value === 'error' && !observed && effect !== undefined,
        );
        if (errs) expect(decision.effect).not.toBe('allow');
      }),
    );
  });

  it('never throws, whatever the arguments', () => {
    const policy = rules(
      'effect: allow, when: "sql(args.sql).valid && args.list.all(x, x == 1)"',
      "effect: deny, when: \"args.a.matches('x+') || glob('*a*', args.a)\"",
    );
    fc.assert(
      fc.property(fc.anything(), (args) => {
        expect(['allow', 'hold', 'deny']).toContain(decide(policy, judgedCall({ args })).effect);
      }),
    );
  });
});

describe('sqlFacts', () => {
  it('never throws, whatever the text', () => {
    const fragment = fc.constantFrom(
      'select',
      'delete from',
      ' t',
      ';',
      "'",
      '"',
      '(',
      ')',
      '--',
      '/*',
      '\0',
      '1',
    );
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fragment, fc.string({ unit: 'binary' })), { maxLength: 20 }),
        (parts) => {
          const facts = sqlFacts(parts.join(' '));
          if (!facts.valid) expect(facts.mutates).toBe(true);
        },
      ),
    );
  });

  it('guarantees that a write stays a write behind any read', () => {
    const reads = fc.array(fc.constantFrom('select 1', 'table t', 'show all', '-- x\nselect 2'), {
      maxLength: 4,
    });
    fc.assert(
      fc.property(reads, reads, (before, after) => {
        const text = [...before, 'delete from t', ...after].join(';\n');
        expect(sqlFacts(text).mutates).toBe(true);
      }),
    );
  });
});

/** Ids follow the position in these policies, so compare everything but them. */
function unordered(decision: Decision): unknown {
  return {
    effect: decision.effect,
    source: decision.source,
    chains: decision.chains.map(String).sort(),
    masks: decision.masks.map((mask) => JSON.stringify(mask)).sort(),
    deciding: decision.deciding.length,
    outcomes: decision.outcomes.length,
  };
}

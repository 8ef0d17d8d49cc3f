import { beforeAll, describe, expect, it } from '@jest/globals';
import { decide, isListed } from './decide.ts';
import { loadSqlParser } from './sql/parser.ts';
import { DECISION_CASES } from './testing/decision-cases.ts';
import { compiled, judgedCall, rules } from './testing/fixtures.ts';

beforeAll(loadSqlParser);

/** A bound against hangs, not a measure of speed. */
const A_HANG_MS = 30_000;

describe('decide', () => {
  describe.each(Object.entries(DECISION_CASES))('%s', (_, cases) => {
    it.each(cases)('$name', ({ rules: lines, call = judgedCall(), expected, deciding }) => {
      const decision = decide(rules(...lines), call);
      expect(decision).toMatchObject(expected);
      if (deciding !== undefined) {
        expect(decision.deciding.map((outcome) => outcome.ruleId)).toEqual(deciding);
      }
    });
  });

  it('reports every rule that is about the call, with its condition', () => {
    const policy = rules(
      'effect: deny, when: args.missing == 1, description: Nothing missing',
      'effect: hold, when: args.sql == "x"',
      'effect: deny, mode: observe',
      'match: { tools: [other] }, effect: deny',
    );
    expect(decide(policy, judgedCall()).outcomes).toEqual([
      {
        ruleId: 'r1',
        effect: 'deny',
        matched: false,
        observed: false,
        description: 'Nothing missing',
        condition: {
          keyword: 'when',
          source: 'args.missing == 1',
          value: 'error',
          error: 'No such key: missing',
        },
      },
      {
        ruleId: 'r2',
        effect: 'hold',
        matched: false,
        observed: false,
        condition: { keyword: 'when', source: 'args.sql == "x"', value: false },
      },
      { ruleId: 'r3', effect: 'deny', matched: true, observed: true },
    ]);
  });

  it.each([
    ['{"a": 1}[args.sql] == 1', 'No such key'],
    ['duration(args.sql) > duration("1s")', "duration() can't read this value"],
    ['bool(args.sql)', 'bool() conversion error: invalid string value …'],
    ['cidr(args.sql, "10.0.0.0/8")', '… is not an IP address'],
    ['now.getHours(args.sql) == 1', 'There is no time zone …'],
    ['{"a": 1}["known"] == 1', 'No such key: known'],
  ])('says of an error in %s nothing that the call holds', (condition, error) => {
    // Guarantee: decisions are recorded in plain, and shown to whoever may not open the request.
    const policy = rules(`effect: hold, when: '${condition}'`);
    const call = judgedCall({ args: { sql: 'a "secret" \n text' } });
    expect(decide(policy, call).deciding[0]?.condition?.error).toBe(error);
  });

  it('lets a default of the file stand in for the connection’s', () => {
    const policy = compiled('default: deny\nrules: []');
    expect(decide(policy, judgedCall({ connection: { defaultEffect: 'allow' } }))).toMatchObject({
      effect: 'deny',
      source: 'default',
    });
  });

  it('guarantees an answer, and a denial, where the call itself can’t be read', () => {
    const call = Object.defineProperty({ ...judgedCall() }, 'connection', {
      get: () => {
        throw new Error('hostile');
      },
    });
    const policy = rules('effect: allow, mask: [{ detect: [email], as: redact }]');
    expect(decide(policy, call)).toMatchObject({
      effect: 'deny',
      source: 'error',
      masks: [{ detect: ['email'], as: 'redact' }],
    });
  });

  it('guarantees that a hostile text can’t stall a regular expression', () => {
    const policy = rules('effect: deny, when: "args.sql.matches(\'^(a+)+$\')"', 'effect: allow');
    const before = performance.now();
    const decision = decide(policy, judgedCall({ args: { sql: `${'a'.repeat(100_000)}!` } }));
    expect(decision.effect).toBe('allow');
    expect(performance.now() - before).toBeLessThan(A_HANG_MS);
  });

  it.each([
    ['a rule', ['effect: hold, description: Writes wait.'], 'Held for approval: Writes wait.'],
    ['a rule without description', ['effect: deny'], 'Denied: rule "r1" applies.'],
    [
      'an erring rule',
      ['effect: deny, when: args.x == 1, description: No x'],
      'Denied: rule "r1" could not be checked, which counts as the careful answer (No x).',
    ],
    [
      'a rule that demands a passkey',
      ['effect: hold, stepUp: passkey', 'effect: hold'],
      'Held for approval: rule "r1" applies; rule "r2" applies. Approving needs a passkey.',
    ],
    [
      'an erring rule that demands a passkey',
      ['effect: hold, stepUp: passkey, when: args.x == 1'],
      'Held for approval: rule "r1" could not be checked, which counts as the careful answer. Approving needs a passkey.',
    ],
    [
      'a demand that doesn’t apply',
      ['effect: hold, stepUp: passkey, mode: observe', 'effect: hold'],
      'Held for approval: rule "r2" applies.',
    ],
    ['a denial', ['effect: hold, stepUp: passkey', 'effect: deny'], 'Denied: rule "r2" applies.'],
    ['nothing', [], "Held for approval: no rule decided, so the connection's default applies."],
    [
      'many rules',
      ['effect: deny', 'effect: deny', 'effect: deny', 'effect: deny', 'effect: deny'],
      'Denied: rule "r1" applies; rule "r2" applies; rule "r3" applies. So do 2 more rules.',
    ],
  ])('explains %s', (_, lines, explanation) => {
    expect(decide(rules(...lines), judgedCall()).explanation).toBe(explanation);
  });
});

describe('isListed', () => {
  it.each([
    ['an unconditional deny hides', 'match: { tools: [query] }, effect: deny', false],
    ['a deny of another tool doesn’t', 'match: { tools: [other] }, effect: deny', true],
    [
      'a deny of another caller doesn’t',
      'match: { callers: { kinds: [person] } }, effect: deny',
      true,
    ],
    ['a deny by argument doesn’t', 'effect: deny, when: args.sql == "x"', true],
    ['a deny by time doesn’t', 'effect: deny, when: now.getHours() > 1', true],
    ['a deny by caller hides', 'effect: deny, when: caller.kind == "service"', false],
    [
      'a deny with an exception for the caller doesn’t',
      'effect: deny, unless: caller.kind == "service"',
      true,
    ],
    ['an erring deny by tool hides', 'effect: deny, when: tool.title == "x"', false],
    ['an observing deny doesn’t', 'effect: deny, mode: observe', true],
    ['a hold doesn’t', 'effect: hold', true],
  ])('%s', (_, line, listed) => {
    const { args: _args, params: _params, ...call } = judgedCall();
    expect(isListed(rules(line), call)).toBe(listed);
  });
});

import { beforeAll, describe, expect, it } from '@jest/globals';
import { loadSqlParser } from './sql/parser.ts';
import { compiled, judgedCall, rules } from './testing/fixtures.ts';
import { trace } from './trace.ts';

beforeAll(() => loadSqlParser());

const partsOf = (line: string, overrides: Parameters<typeof judgedCall>[0] = {}, counts = {}) => {
  const [rule] = trace(rules(line), judgedCall(overrides), { counts }).rules;
  return Object.fromEntries(
    (rule?.when?.parts ?? []).map(({ source, value, error }) => [source, value ?? `! ${error}`]),
  );
};

/** A bound against hangs, not a measure of speed. */
const A_HANG_MS = 30_000;

describe('the pieces of a condition', () => {
  it.each([
    [
      'facts about SQL',
      'sql(args.sql).mutates',
      { args: { sql: 'delete from orders' } },
      { 'sql(args.sql).mutates': 'true', 'args.sql': '"delete from orders"' },
    ],
    [
      'groups',
      '"ops" in caller.groups',
      {},
      { '"ops" in caller.groups': 'false', 'caller.groups': '["data-agents"]' },
    ],
    [
      'what && did not need',
      'args.n > 5 && args.missing == 1',
      { args: { n: 1 } },
      { 'args.n > 5': 'false', 'args.n': '1' },
    ],
    [
      'what || did not need',
      'args.n < 5 || args.missing == 1',
      { args: { n: 1 } },
      { 'args.n < 5': 'true', 'args.n': '1' },
    ],
    [
      'the branch that was taken',
      'has(args.a) ? args.a == 1 : args.b == 2',
      { args: { b: 2 } },
      { 'has(args.a)': 'false', 'args.b == 2': 'true', 'args.b': '2' },
    ],
    [
      'a loop and what it goes through',
      'args.to.exists(a, a == "x")',
      { args: { to: ['x'] } },
      { 'args.to.exists(a, a == "x")': 'true', 'args.to': '["x"]' },
    ],
    [
      'a regular expression',
      'args.c.matches("^a+$")',
      { args: { c: 'aaa' } },
      { 'args.c.matches("^a+$")': 'true', 'args.c': '"aaa"' },
    ],
    [
      'what is not there',
      'args.missing == 1',
      { args: {} },
      {
        'args.missing == 1': '! No such key: missing',
        'args.missing': '! No such key: missing',
      },
    ],
    ['negation', '!(args.a == 1)', { args: { a: 1 } }, { 'args.a == 1': 'true', 'args.a': '1' }],
  ])('%s', (_, condition, overrides, expected) => {
    expect(partsOf(`when: '${condition}', effect: deny`, overrides)).toMatchObject(expected);
  });

  it('leave out what logic did not need', () => {
    const parts = partsOf(`when: 'args.n > 5 && args.missing == 1', effect: deny`, {
      args: { n: 1 },
    });
    expect(parts).not.toHaveProperty('args.missing');
  });

  it('count', () => {
    const parts = partsOf(`when: 'count("10m") > 20', effect: hold`, {}, { '10m': 3 });
    expect(parts).toEqual({ 'count("10m") > 20': 'false', 'count("10m")': '3' });
  });

  it('say which of them come from the arguments', () => {
    const condition = `when: 'args.a == call.name && caller.subject == call.params.name', effect: deny`;
    const [rule] = trace(rules(condition), judgedCall({ args: { a: 'query' } })).rules;
    const secret = (rule?.when?.parts ?? []).filter(({ fromArguments }) => fromArguments);
    expect(secret.map(({ source }) => source)).toEqual(['args.a', 'call.params.name']);
  });

  it('are cut where they are long, and say so', () => {
    const parts = partsOf(`when: 'args.a == "b"', effect: deny`, { args: { a: 'x'.repeat(5000) } });
    expect(parts['args.a']).toMatch(/… \(5000 characters\)$/);
  });

  // Guarantee: what an agent sends doesn't make an explanation dearer than a decision.
  it('stop where they would take too long', () => {
    const args = { a: Array.from({ length: 3000 }, (_, n) => n) };
    const startedAt = performance.now();
    const parts = partsOf(
      `when: 'args.a.exists(x, args.a.exists(y, x + y == 1.5))', effect: deny`,
      { args },
    );
    expect(performance.now() - startedAt).toBeLessThan(A_HANG_MS);
    expect(JSON.stringify(parts)).toContain('too large');
  });
});

describe('a rule that is not about the call', () => {
  it.each([
    ['connections', '{ connections: [staging] }', ['connections']],
    ['methods', '{ methods: ["prompts/*"] }', ['methods']],
    ['tools', '{ tools: [other] }', ['tools']],
    ['alternatives', '{ tools: [other], resources: ["*"] }', ['tools, resources']],
    ['groups', '{ callers: { groups: [people] } }', ['callers.groups']],
    ['kinds', '{ callers: { kinds: [person] } }', ['callers.kinds']],
    [
      'several',
      '{ connections: [x], callers: { subjects: [y] } }',
      ['connections', 'callers.subjects'],
    ],
  ])('names %s', (_, match, expected) => {
    const [rule] = trace(rules(`match: ${match}, effect: deny`), judgedCall()).rules;
    expect(rule).toMatchObject({ excludedBy: expected, outcome: undefined, adds: undefined });
  });
});

describe('how effects meet', () => {
  it.each([
    [['effect: deny', 'effect: hold', 'effect: allow'], 'deny beats hold and allow.'],
    [['effect: hold', 'effect: allow'], '1 rule says hold, 1 rule says allow; hold beats allow.'],
    [['effect: allow'], '1 rule says allow.'],
    [[], 'No rule says anything, so the default applies: hold.'],
  ])('%j', (lines, sentence) => {
    expect(trace(rules(...lines), judgedCall()).precedence).toContain(sentence);
  });

  it('leaves out what only observes', () => {
    const { rules: traced, precedence } = trace(
      rules('effect: deny, mode: observe', 'effect: allow'),
      judgedCall(),
    );
    expect(precedence).toBe('1 rule says allow.');
    expect(traced[0]).toMatchObject({ observed: true, adds: undefined, decides: false });
  });
});

it('tells "when" from "unless" and what was not looked at', () => {
  const policy = compiled(`rules:
  - { id: a, when: "args.sql == 'x'", unless: "caller.kind == 'person'", effect: deny }
  - { id: b, when: "args.sql != 'x'", unless: "caller.kind == 'service'", effect: deny }
`);
  const [a, b] = trace(policy, judgedCall()).rules;
  expect(a).toMatchObject({ when: { value: false }, unless: { value: undefined, parts: [] } });
  expect(b).toMatchObject({ when: { value: true }, unless: { value: true }, adds: undefined });
});

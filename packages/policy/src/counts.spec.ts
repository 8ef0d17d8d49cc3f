import { describe, expect, it } from '@jest/globals';
import { compilePolicy, type CompiledPolicy } from './compile.ts';
import { decide, factsNeeded, isListed } from './decide.ts';
import { judgedCall } from './testing/fixtures.ts';

function counting(...lines: readonly string[]): CompiledPolicy {
  const yaml = lines.map((line, index) => `  - { id: r${index + 1}, ${line} }\n`).join('');
  const result = compilePolicy(`default: allow\nrules:\n${yaml}`);
  if (result.ok) return result.policy;
  throw new Error(JSON.stringify(result.issues));
}

const MANY = counting(`when: 'count("10m") > 20', effect: hold`);

describe('count(window)', () => {
  it.each([
    [0, 'allow'],
    [20, 'allow'],
    [21, 'hold'],
    [Number.MAX_SAFE_INTEGER, 'hold'],
  ])('of %d calls: %s', (count, effect) => {
    expect(decide(MANY, judgedCall(), { counts: { '10m': count } }).effect).toBe(effect);
  });

  it.each([
    ['nobody has counted', undefined],
    ['another window was counted', { counts: { '1h': 1 } }],
    ['the count is none', { counts: { '10m': Number.NaN } }],
    ['the count is negative', { counts: { '10m': -1 } }],
  ])('guarantees an erring rule where %s', (_, facts) => {
    expect(decide(MANY, judgedCall(), facts)).toMatchObject({ effect: 'hold', source: 'error' });
  });

  it('doesn’t remember the counts of the call before', () => {
    decide(MANY, judgedCall(), { counts: { '10m': 1 } });
    expect(decide(MANY, judgedCall())).toMatchObject({ source: 'error' });
  });

  it('combines with other conditions and windows', () => {
    const policy = counting(
      `when: 'count("10m") > 20 || count("1h") > 50 && args.sql == "select 1"', effect: deny`,
    );
    const counts = { '10m': 1, '1h': 51 };
    expect(decide(policy, judgedCall(), { counts }).effect).toBe('deny');
  });

  it('hides nothing from a list', () => {
    const policy = counting(`when: 'count("10m") >= 0', effect: deny`);
    const { args: _args, params: _params, ...listed } = judgedCall();
    expect(isListed(policy, listed)).toBe(true);
  });
});

describe('factsNeeded', () => {
  it.each([
    ['a rule without count', [`when: args.x == 1, effect: deny`], []],
    [
      'when and unless',
      [`when: 'count("10m") > 1', unless: 'count("1h") > 1', effect: deny`],
      ['10m', '1h'],
    ],
    [
      'the same window twice',
      [`when: 'count("10m") > 1', effect: deny`, `when: 'count("10m") > 2', effect: hold`],
      ['10m'],
    ],
    [
      'a rule about another tool',
      [`match: { tools: [other] }, when: 'count("10m") > 1', effect: deny`],
      [],
    ],
    [
      'a rule about another caller',
      [`match: { callers: { kinds: [person] } }, when: 'count("10m") > 1', effect: deny`],
      [],
    ],
    [
      'a rule that only observes',
      [`when: 'count("10m") > 1', effect: deny, mode: observe`],
      ['10m'],
    ],
  ])('of %s', (_, lines, windows) => {
    expect(factsNeeded(counting(...lines), judgedCall())).toEqual({ windows });
  });
});

describe('a window', () => {
  it.each([
    ['isn’t a literal', 'count(args.window) > 1', 'The window of count() must be a literal text.'],
    ['isn’t a duration', 'count("soon") > 1', 'Write a window such as 90s, 10m or 1h.'],
    ['is longer than a day', 'count("2d") > 1', 'A window may have at most a day.'],
    ['is missing', 'count() > 1', 'The window of count() must be a literal text.'],
  ])('is refused where it %s', (_, condition, message) => {
    const yaml = `rules:\n  - { id: a, when: '${condition}', effect: hold }\n`;
    expect(compilePolicy(yaml)).toMatchObject({
      ok: false,
      issues: [{ message, line: 2 }],
    });
  });
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RuleIndex } from './rule-index.ts';
import { judgedCall, rules } from './testing/fixtures.ts';

const pattern = fc.constantFrom('"*"', 'a', 'b', '"a*"', '"?:a"', '"1:a"', '"x y"');
const key = fc.constantFrom('connections', 'methods', 'tools', 'resources', 'prompts');
const line = fc
  .uniqueArray(fc.tuple(key, pattern), { selector: ([name]) => name, maxLength: 4 })
  .map((entries) => `match: { ${entries.map(([name, one]) => `${name}: [${one}]`).join(', ')} }`)
  .map((match) => `${match}, effect: deny`);

const text = fc.constantFrom('a', 'b', 'ab', '1:a', ':a', 'a1:a', '', 'x y', 'a'.repeat(300));
const subjects = fc.record({
  connection: fc.record({ name: text }),
  method: fc.constantFrom(
    'tools/call',
    'prompts/get',
    'resources/read',
    'a',
    '1:a',
    'tools/call:a',
  ),
  target: fc.record(
    { name: text, uri: fc.constantFrom('a', 'A:b', 'a/../b') },
    { requiredKeys: [] },
  ),
});

describe('RuleIndex', () => {
  it('guarantees that no rule is left out which is about a call or can’t tell', () => {
    fc.assert(
      fc.property(
        fc.array(line, { minLength: 1, maxLength: 8 }),
        fc.array(subjects, { minLength: 1, maxLength: 12 }),
        (lines, calls) => {
          const policy = rules(...lines);
          const index = new RuleIndex(policy.rules);
          for (const { connection, ...subject } of calls) {
            const call = judgedCall({ ...subject, connection });
            const candidates = new Set(index.candidates(call));
            for (const rule of policy.rules) {
              if (isAboutOrErrs(() => rule.matches(call))) expect(candidates).toContain(rule);
            }
          }
        },
      ),
    );
  });

  it('leaves out what surely isn’t about a call', () => {
    const { rules: all } = rules(
      'effect: deny, match: { tools: [a] }',
      'effect: deny, match: { tools: [b] }',
      'effect: deny, match: { connections: [other] }',
    );
    const call = judgedCall({ target: { name: 'b' } });
    expect(new RuleIndex(all).candidates(call).map(({ id }) => id)).toEqual(['r2']);
  });

  it('gives rules in the order of their ids', () => {
    const { rules: all } = rules('effect: deny', 'effect: hold', 'effect: allow');
    const ids = new RuleIndex(all.toReversed()).candidates(judgedCall()).map(({ id }) => id);
    expect(ids).toEqual(['r1', 'r2', 'r3']);
  });

  it('doesn’t take a call for one with the same name and no address', () => {
    const { rules: all } = rules('effect: deny, match: { resources: ["*"] }');
    const index = new RuleIndex(all);
    index.candidates(judgedCall({ method: 'resources/read', target: {} }));
    const read = judgedCall({ method: 'resources/read', target: { uri: 'file:///a' } });
    expect(index.candidates(read)).toHaveLength(1);
  });
});

function isAboutOrErrs(matches: () => boolean): boolean {
  try {
    return matches();
  } catch {
    return true;
  }
}

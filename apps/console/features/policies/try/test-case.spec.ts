import { describe, expect, it } from '@jest/globals';
import type { TrialResult } from '@holdpoint/contracts';
import { parseCases } from '@holdpoint/policy/cases';
import { withTestCase } from './test-case.ts';

const LINE = `{
  "connection": "demo", "method": "tools/call",
  "params": { "name": "query", "arguments": { "n": 9007199254740993, "t": "a: b # \\"c\\"" } },
  "caller": { "subject": "etl", "groups": [] }
}`;
const decided = { ruleId: 'writes', adds: 'hold', decides: true } as TrialResult['rules'][number];
const result = {
  call: { connection: 'demo', method: 'tools/call', target: 'qu"ery' },
  effect: 'deny',
  rules: [decided],
} as TrialResult;

describe('a tried call saved as a test case', () => {
  it.each([
    ['the first', '', 1],
    ['one more', withTestCase('', LINE, result), 2],
    ['one behind a comment', '# ours\ntests:\n  # none yet\n', 1],
  ])('is %s', (_, cases, count) => {
    const parsed = parseCases(withTestCase(cases, LINE, result));
    expect(parsed).toMatchObject({ ok: true, cases: { length: count } });
  });

  it('expects what the rules say, and keeps every digit', () => {
    const text = withTestCase('', LINE, result);
    expect(text).toContain('9007199254740993');
    expect(text).toContain('expect: { effect: hold, rules: ["writes"] }');
  });
});

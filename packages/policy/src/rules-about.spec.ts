import { describe, expect, it } from '@jest/globals';
import { rulesAbout } from './rules-about.ts';
import { rules } from './testing/fixtures.ts';

const QUERY = { connection: { name: 'prod-eu' }, method: 'tools/call', target: { name: 'query' } };

/** The rules about `query`, as `id:effect` with marks for what else is known of them. */
function about(lines: readonly string[], subject = QUERY, tool?: { annotations: object }) {
  const found = rulesAbout(rules(...lines), {
    ...subject,
    ...(tool && { tool: { name: 'query', annotations: { ...tool.annotations } } }),
  });
  const named = found.rules.map(({ ruleId, effect = 'masks', conditional }) => {
    return `${ruleId}:${effect}${conditional ? '?' : ''}`;
  });
  return { rules: named, governed: found.governed };
}

const WRITES = { annotations: { readOnlyHint: false } };
const READS = { annotations: { readOnlyHint: true } };
const HINTED = 'effect: deny, when: tool.annotations.readOnlyHint == false';

describe('rulesAbout', () => {
  it.each([
    ['nothing', [], [], false],
    ['a rule about everything', ['effect: hold'], ['r1:hold'], true],
    ['its tool', ['effect: deny, match: { tools: [query] }'], ['r1:deny'], true],
    ['another tool', ['effect: deny, match: { tools: [other] }'], [], false],
    ['another connection', ['effect: deny, match: { connections: [test] }'], [], false],
    ['another method', ['effect: deny, match: { methods: [prompts/get] }'], [], false],
    ['a condition', ['effect: allow, when: args.x == 1'], ['r1:allow?'], false],
    ['an exception', ['effect: allow, unless: args.x == 1'], ['r1:allow?'], false],
    ['some callers', ['effect: hold, match: { callers: { groups: [a] } }'], ['r1:hold?'], false],
    ['masks alone', ['mask: [{ detect: [email], as: drop }]'], ['r1:masks'], false],
    ['observation', ['effect: deny, mode: observe'], ['r1:deny'], false],
    ['a condition on the connection', [`effect: hold, when: connection.name == "x"`], [], false],
    [
      'a condition that is true of the connection',
      ['effect: hold, when: connection.name.startsWith("prod-")'],
      ['r1:hold'],
      true,
    ],
    [
      'a condition that rates decide',
      [`effect: hold, when: 'count("1m") > 2'`],
      ['r1:hold?'],
      false,
    ],
    ['a condition on a tool that isn’t known', [HINTED], ['r1:deny?'], false],
  ])('knows %s', (_, lines, found, governed) => {
    expect(about(lines)).toEqual({ rules: found, governed });
  });

  it.each([
    ['is true of it', WRITES, ['r1:deny'], true],
    ['is false of it', READS, [], false],
    ['errs', { annotations: {} }, ['r1:deny?'], false],
  ])('looks at the tool: a condition that %s', (_, tool, found, governed) => {
    expect(about([HINTED], QUERY, tool)).toEqual({ rules: found, governed });
  });

  it('tells what rules do and whom they are about', () => {
    const policy = rules(
      'effect: hold, mask: [{ field: a, as: drop }], mode: observe, match: { callers: { kinds: [service] } }',
    );
    expect(rulesAbout(policy, QUERY).rules).toEqual([
      {
        ruleId: 'r1',
        effect: 'hold',
        masks: true,
        observed: true,
        conditional: true,
        callers: { kinds: ['service'] },
      },
    ]);
  });

  it('lists a rule that can’t be told from an address', () => {
    const subject = {
      connection: { name: 'prod' },
      method: 'resources/read',
      target: { uri: 'file:///a/../b' },
    };
    const policy = rules("effect: deny, match: { resources: ['file:///c/**'] }");
    expect(rulesAbout(policy, subject).rules).toHaveLength(1);
  });
});

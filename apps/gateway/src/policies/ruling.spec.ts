import { beforeAll, describe, expect, it } from '@jest/globals';
import { compilePolicy, decide, loadSqlParser, type JudgedCall } from '@holdpoint/policy';
import type { ConnectionRecord } from '../connections/connection-registry.ts';
import { rule, whyDenied, type RulingOn } from './ruling.ts';

beforeAll(() => loadSqlParser());

const READ_ONLY = {
  tools: [],
  resources: false,
  prompts: false,
  completion: false,
  subscriptions: false,
};
const CALL: JudgedCall = {
  connection: { name: 'demo', defaultEffect: 'hold', readOnly: READ_ONLY },
  method: 'tools/call',
  target: { name: 'write' },
  args: {},
  params: {},
  caller: { subject: 'robot', issuer: 'https://id.example.com', groups: [], kind: 'service' },
  session: { id: 'session' },
  now: new Date(0),
};
const CONNECTION = {
  title: 'Demo',
  frozen: null,
  chain: [{ groups: ['reviewers'], people: [], quorum: 1 }],
  approvalWindowMs: 60_000,
} as unknown as ConnectionRecord;

function ruled(rules: readonly string[], changes: Partial<RulingOn> = {}) {
  const compiled = compilePolicy(`rules:\n${rules.map((text) => `  - { ${text} }\n`).join('')}`);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.issues));
  const { policy } = compiled;
  return rule(decide(policy, CALL), policy.chains, {
    kind: 'request',
    method: 'tools/call',
    connection: CONNECTION,
    isToolListed: true,
    ...changes,
  } as RulingOn);
}

const observing = (effect: string, more = '') =>
  `id: watching, effect: ${effect}, mode: observe${more === '' ? '' : `, ${more}`}`;

describe('what an observing rule would have done', () => {
  it.each([
    ['a deny beside an allow', ['id: a, effect: allow', observing('deny')], 'allow', 'deny'],
    ['a hold beside an allow', ['id: a, effect: allow', observing('hold')], 'allow', 'hold'],
    ['a hold beside a deny', ['id: a, effect: deny', observing('hold')], 'deny', 'deny'],
    ['an allow beside a hold', ['id: a, effect: hold', observing('allow')], 'hold', 'hold'],
    ['an allow instead of the default', [observing('allow')], 'hold', 'allow'],
    [
      'a mask alone',
      ['id: watching, mode: observe, mask: [{ field: a, as: drop }]'],
      'hold',
      'hold',
    ],
  ])('is told: %s', (_what, rules, effect, wouldBe) => {
    const { decision } = ruled(rules);
    expect(decision.effect).toBe(effect);
    expect(decision.observed).toMatchObject([{ ruleId: 'watching', wouldBe, error: null }]);
  });

  // Guarantee (invariant 3): also on trial an erring rule never lets anything pass.
  it.each([
    ['allow', 'hold'],
    ['hold', 'hold'],
    ['deny', 'deny'],
  ])('that errs, of %s is %s', (effect, wouldBe) => {
    const { decision } = ruled([
      'id: a, effect: allow',
      observing(effect, 'when: args.missing == 1'),
    ]);
    expect(decision.effect).toBe('allow');
    expect(decision.observed).toMatchObject([{ ruleId: 'watching', wouldBe }]);
    expect(decision.observed[0]?.error).not.toBeNull();
  });

  it('is nothing where it does not apply', () => {
    expect(ruled([observing('deny', 'unless: "true"')]).decision.observed).toEqual([]);
  });

  it('is what the gateway would have made of it', () => {
    const on = { isToolListed: false };
    expect(ruled([observing('allow')], on).decision.observed).toMatchObject([{ wouldBe: 'hold' }]);
  });
});

describe('why a call is denied', () => {
  it.each([
    ['what the rules say', ['id: a, effect: deny, message: Not on Fridays'], 'Not on Fridays.'],
    ['the explanation', ['id: a, effect: deny'], 'Denied: rule "a" applies.'],
  ])('is %s', (_what, rules, why) => {
    expect(whyDenied(ruled(rules).decision)).toBe(why);
  });
});

describe('a passkey', () => {
  const wanted = (rules: readonly string[]) => ruled(rules).steps.map((step) => step.passkeyRules);

  it('is demanded of every step by one rule that asks for it', () => {
    const asking = 'id: a, effect: hold, stepUp: passkey';
    expect(wanted([asking, 'id: b, effect: hold'])).toEqual([['a']]);
    expect(wanted([asking, 'id: b, effect: hold, stepUp: passkey'])).toEqual([['a', 'b']]);
    expect(wanted(['id: a, effect: hold, stepUp: passkey, when: args.missing == 1'])).toEqual([
      ['a'],
    ]);
  });

  it('is not demanded where no such rule holds the call', () => {
    expect(wanted(['id: a, effect: hold'])).toEqual([undefined]);
    expect(wanted(['id: a, effect: hold, stepUp: passkey, mode: observe'])).toEqual([undefined]);
  });
});

describe('a hold whose chain nobody can satisfy', () => {
  const connection = {
    ...CONNECTION,
    chain: [{ groups: [], people: [], onCall: 'nights', quorum: 1 }],
  } as unknown as ConnectionRecord;
  const hold = ['id: a, effect: hold'];

  it.each([
    ['a rota that is gone', new Map<string, string[]>()],
    ['a rota without people', new Map([['nights', []]])],
  ])('is denied at once: %s', (_, rotas) => {
    // Guarantee: a chain that nobody can satisfy means deny.
    const ruling = ruled(hold, { connection, rotas });
    expect(ruling).toMatchObject({ effect: 'deny', refusal: 'denied', steps: [] });
    expect(whyDenied(ruling.decision)).toContain('nobody is left who could satisfy its chain');
  });

  it('waits where somebody can be on call', () => {
    const rotas = new Map([['nights', ['i|a']]]);
    expect(ruled(hold, { connection, rotas })).toMatchObject({
      effect: 'hold',
      steps: [{ reviewers: { onCall: 'nights' }, onDeadline: 'deny', deadlineMs: 60_000 }],
    });
  });
});

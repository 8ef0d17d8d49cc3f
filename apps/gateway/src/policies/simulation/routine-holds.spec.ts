import { beforeAll, describe, expect, it } from '@jest/globals';
import { parseClientFrame } from '@holdpoint/mcp';
import { compilePolicy, loadSqlParser, type SqlReading } from '@holdpoint/policy';
import { allowDraft, coverDraft, enforceDraft, removeDraft } from './proposals.ts';
import { mayDoHarm, routineHolds, sqlArgument } from './routine-holds.ts';
import type { SettledHold } from './suggestion.sql.ts';

beforeAll(() => loadSqlParser());

const frame = (args: unknown) =>
  parseClientFrame(
    Buffer.from(
      JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { name: 'x', arguments: args },
      }),
    ),
  );

function hold(changes: Partial<SettledHold> = {}): SettledHold {
  const reason = {
    effect: 'hold',
    description: null,
    message: null,
    keyword: null,
    condition: null,
  } as const;
  return {
    connection_id: '0199aaaa-0000-7000-8000-000000000001',
    method: 'tools/call',
    target: 'refund',
    caller: {
      key: 'i|etl',
      issuer: 'i',
      subject: 'etl',
      kind: 'service',
      displayName: 'ETL',
      clientId: null,
      groups: [],
      ownerKey: null,
    },
    decision: {
      effect: 'hold',
      source: 'rule',
      explanation: '',
      rules: [{ ruleId: 'refunds', error: null, ...reason }],
      chains: [null],
      masks: [],
      observed: [],
      counts: {},
    },
    state: 'delivered',
    held_at: new Date('2026-11-01T10:00:00Z'),
    request_frame_id: '0199aaaa-0000-7000-8000-000000000002',
    entry_id: null,
    verdict_ms: 1000,
    denied: false,
    otherwise: false,
    ...changes,
  };
}

const times = (n: number, changes: Partial<SettledHold> = {}) =>
  Array.from({ length: n }, () => hold(changes));

describe('holds that were always approved', () => {
  it('are found, with how fast', () => {
    const found = routineHolds([...times(8), ...times(4, { verdict_ms: 9000 })]);
    expect(found).toMatchObject([{ target: 'refund', ruleIds: ['refunds'], medianMs: 1000 }]);
    expect(found[0]?.holds).toHaveLength(12);
    expect(found[0]?.underThreeSeconds).toBeCloseTo(8 / 12);
  });

  it.each([
    ['there are few', times(9)],
    ['one was denied', [...times(12), hold({ state: 'denied', denied: true })]],
    ['a step was denied and another approved', [...times(12), hold({ denied: true })]],
    ['one ran out of time', [...times(12), hold({ state: 'expired' })]],
    [
      'one passed by break-glass or with changed arguments',
      [...times(12), hold({ otherwise: true })],
    ],
    ['they are spread over tools', [...times(6), ...times(6, { target: 'other' })]],
    ['most were withdrawn', [...times(5), ...times(12, { state: 'withdrawn' })]],
    [
      'the catalogue held them',
      times(12, { decision: { ...hold().decision, source: 'catalogue' } }),
    ],
  ])('are none where %s', (_, holds) => {
    expect(routineHolds(holds)).toEqual([]);
  });
});

// Guarantee: nothing is proposed for a call that may do harm, however often people approved it.
describe('harm', () => {
  it.each([
    ['SQL that writes', { sql: 'delete from orders' }, true],
    ['SQL that can’t be read', { sql: 'selekt' }, true],
    ['SQL that only reads', { sql: 'select * from orders' }, false],
    ['SQL under another name, deep inside', { a: [{ note: 'drop table orders' }] }, true],
    ['SQL under another name, though it only reads', { stmt: 'select 1' }, true],
    ['the same of MySQL', { stmt: 'select `a` from t' }, true],
    ['SQL that only reads, where no condition finds it', { job: { sql: 'select 1' } }, true],
    ['two arguments with SQL', { sql: 'select 1', query: 'select 2' }, true],
    ['a list of SQL', { statements: ['select 1'] }, true],
    ['a command', { command: 'ls' }, true],
    ['a script', { job: { script: 'x' } }, true],
    ['plain values', { order: 7, note: 'late', tags: ['a'] }, false],
    ['nothing', {}, false],
  ])('of %s', (_, args, expected) => {
    expect(mayDoHarm(frame(args))).toBe(expected);
  });

  it('is asked in the dialect of the rules', () => {
    const quoted = frame({ sql: 'select "a" from t' });
    expect(mayDoHarm(quoted, () => 'mysql')).toBe(true);
    expect(mayDoHarm(quoted)).toBe(false);
  });

  it('is asked of the argument that holds SQL', () => {
    expect(sqlArgument(frame({ sql: 'select 1' }))).toBe('sql');
    expect(sqlArgument(frame({ order: 1 }))).toBeUndefined();
  });
});

describe('a proposal', () => {
  const SOURCE = `# kept
rules:
  # why this is here
  - id: refunds
    match: { tools: [refund] }
    unless: caller.kind == "person"
    effect: hold
  - { id: watch, effect: deny, mode: observe }
`;
  const calls = { connection: 'shop', method: 'tools/call', target: 'refund' };
  const given = { calls, ruleIds: ['refunds'], subjects: ['etl'], sql: undefined, reason: 'r' };
  const policyOf = (source: string) => {
    const compiled = compilePolicy(source);
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.issues));
    return compiled.policy;
  };

  it('to allow narrows the rule that held, and allows no more than that', () => {
    const draft = allowDraft(SOURCE, policyOf(SOURCE), given) ?? '';
    const { rules } = policyOf(draft);
    expect(draft).toContain('# why this is here');
    expect(rules[0]?.unless?.source).toBe(
      '(caller.kind == "person") || connection.name == "shop" && call.name == "refund" && caller.subject in ["etl"]',
    );
    expect(rules.at(-1)).toMatchObject({
      id: 'allow-refund',
      effect: 'allow',
      match: { connections: ['shop'], tools: ['refund'], callers: { subjects: ['etl'] } },
    });
  });

  it('to allow SQL allows reads alone', () => {
    const reading = (sql: SqlReading) => {
      const { rules } = policyOf(allowDraft(SOURCE, policyOf(SOURCE), { ...given, sql }) ?? '');
      return [rules[0]?.unless?.source, rules.at(-1)?.when?.source];
    };
    const written = '!sql(args.sql).mutates';
    expect(reading({ path: ['sql'], dialect: 'postgres' })).toEqual([
      expect.stringContaining(written),
      written,
    ]);
    expect(reading({ path: ['q'], dialect: 'mysql' })[1]).toBe('!sql(args.q, "mysql").mutates');
  });

  it('to allow keeps a comment in the condition that it narrows', () => {
    const said = SOURCE.replace('"person"', '"person" // they are asked elsewhere');
    const { rules } = policyOf(allowDraft(said, policyOf(said), given) ?? '');
    expect(rules[0]?.unless?.source).toMatch(/ \/\/ they are asked elsewhere\n\) \|\| connection/);
  });

  // Guarantee: a proposal to ask nobody shows nothing that was hidden.
  it('to allow leaves a rule alone that masks, too', () => {
    const masking = SOURCE.replace(
      'effect: hold',
      'effect: hold\n    mask: [{ field: a, as: drop }]',
    );
    expect(allowDraft(masking, policyOf(masking), given)).toBeNull();
  });

  it.each([
    ['a tool whose name is a pattern', { calls: { ...calls, target: '*' } }],
    ['a tool with quotes', { calls: { ...calls, target: '") || true' } }],
    ['a caller whose name is a pattern', { subjects: ['*'] }],
    ['nobody', { subjects: [] }],
    ['a rule that is gone', { ruleIds: ['gone'] }],
  ])('is not written for %s', (_, changes) => {
    expect(allowDraft(SOURCE, policyOf(SOURCE), { ...given, ...changes })).toBeNull();
  });

  it('to cover calls holds them until its author says otherwise', () => {
    const { rules } = policyOf(coverDraft(SOURCE, policyOf(SOURCE), calls) ?? '');
    expect(rules.at(-1)).toMatchObject({ id: 'decide-refund', effect: 'hold' });
    expect(coverDraft(SOURCE, policyOf(SOURCE), { ...calls, target: 'a*' })).toBeNull();
  });

  it('to enforce, or to remove, changes that rule alone', () => {
    const policy = policyOf(SOURCE);
    const enforced = policyOf(enforceDraft(SOURCE, policy, 'watch') ?? '');
    expect(enforced.rules.map(({ observed }) => observed)).toEqual([false, false]);
    expect(policyOf(removeDraft(SOURCE, policy, 'watch') ?? '').rules.map(({ id }) => id)).toEqual([
      'refunds',
    ]);
  });
});

import type { TrialInput } from '@holdpoint/contracts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { SignedInPerson } from '../../identity/signed-in-person.ts';
import { RotaRegistry } from '../../rotas/rota-registry.ts';
import { insertRota } from '../../rotas/rota.sql.ts';
import { toolCall, type Agent } from '../../testing/agent.ts';
import { startMcpBench, type McpBench } from '../../testing/mcp-bench.ts';
import { json, textResult } from '../../testing/scripted-upstream.ts';
import { RecordedCallList } from './recorded-call-list.ts';
import { Trials } from './trial.service.ts';

const ADMIN: SignedInPerson = {
  key: 'http://issuer.example.com|admin',
  name: 'Adrian Admin',
  email: null,
  issuer: 'http://issuer.example.com',
  subject: 'admin',
  groups: ['admins'],
  groupsAt: 0,
  roles: ['admin'],
};
const SECRET = 'hunter2-very-private';

let bench: McpBench;
let agent: Agent;
let trials: Trials;
let list: RecordedCallList;

beforeAll(async () => {
  bench = await startMcpBench();
  trials = bench.context.get(Trials);
  list = bench.context.get(RecordedCallList);
  agent = await bench.agent();
  await (await agent.initialize()).text();
  const call = toolCall(1, 'read', `{"sql":"delete from orders","note":"${SECRET}"}`);
  await (await agent.post(call)).last();
});
afterAll(() => bench.close());

const attempt = (source: string, call: TrialInput['call'], person = ADMIN) =>
  trials.attempt({ source, call }, person);
const line = (changes: object = {}) => ({
  line: JSON.stringify({
    connection: 'demo',
    method: 'tools/call',
    params: { name: 'read', arguments: { sql: 'delete from orders' } },
    caller: { subject: 'etl', groups: ['agents'] },
    ...changes,
  }),
});

async function newest(): Promise<string> {
  const { items } = await list.page({ limit: 1, q: 'read' });
  return items[0]?.entryId ?? '';
}

async function reveals(): Promise<number> {
  const { rows } = await bench.database.pool.query<{ n: number }>(
    `select count(*)::int as n from entry where kind = 'frame.revealed'`,
  );
  return rows[0]?.n ?? 0;
}

const RULES = `rules:
  - { id: a-writes, match: { tools: [read] }, when: sql(args.sql).mutates, effect: hold }
  - { id: b-others, match: { tools: [other] }, effect: deny }
  - { id: c-people, match: { callers: { kinds: [person] } }, unless: "'ops' in caller.groups", effect: allow }
`;

describe('a pasted call', () => {
  it('is decided, and explained rule by rule', async () => {
    const result = await attempt(RULES, line());
    expect(result).toMatchObject({
      effect: 'hold',
      source: 'rule',
      precedence: '1 rule says hold, 1 rule says allow; hold beats allow.',
      steps: [{ chain: 'default', groups: ['reviewers'], quorum: 1 }],
    });
    const [writes, others, people] = result.rules;
    expect(writes).toMatchObject({ about: true, applies: true, adds: 'hold', decides: true });
    expect(writes?.when).toMatchObject({
      value: 'true',
      parts: [
        { source: 'sql(args.sql).mutates', value: 'true' },
        { source: 'sql(args.sql)' },
        { source: 'args.sql', value: '"delete from orders"' },
      ],
    });
    expect(others).toMatchObject({ about: false, excludedBy: ['tools'], adds: null });
    expect(people).toMatchObject({ unless: { value: 'false' }, adds: 'allow', decides: false });
  });

  it('takes settings and tools of the connection that it names', async () => {
    const unlisted = line({ params: { name: 'nothing-like-it', arguments: {} } });
    const result = await attempt('rules: [{ id: all, effect: allow }]', unlisted);
    expect(result).toMatchObject({ effect: 'hold', source: 'catalogue' });
    expect(JSON.stringify(result.state)).toContain('doesn’t list this tool');
  });

  it('on a connection that nobody registered is said to be so', async () => {
    const result = await attempt('rules: []', line({ connection: 'nowhere' }));
    expect(result).toMatchObject({ effect: 'hold', source: 'default' });
    expect(result.state[0]?.text).toContain('No connection is called nowhere');
  });

  it('brings its own counts, time and tool', async () => {
    const source = `rules:
  - { id: many, when: 'count("10m") > 5', effect: deny }
`;
    expect((await attempt(source, line({ counts: { '10m': 6 } }))).effect).toBe('deny');
    expect((await attempt(source, line({ counts: { '10m': 5 } }))).effect).toBe('hold');
  });

  it('says who was on call for it, and is denied where a rota has nobody', async () => {
    const rota = { title: 'Days', timeZone: 'UTC', shift: 'daily', handOver: '09:00' } as const;
    const days = { ...rota, name: 'days', startsOn: '2026-11-02', overrides: [] };
    const people = ['a', 'b'].map((name) => `http://issuer.example.com|${name}`);
    await insertRota(bench.database.pool, { ...days, people });
    await insertRota(bench.database.pool, { ...days, name: 'vacant', people: [] });
    await bench.context.get(RotaRegistry).refresh();
    const source = (name: string) => `chains:
  duty: { steps: [{ reviewers: { groups: [dba], onCall: ${name} } }] }
rules: [{ id: all, effect: hold, approval: duty }]
`;
    for (const [now, name] of [
      ['2026-11-02T10:00:00Z', 'a'],
      ['2026-11-03T08:59:00Z', 'a'],
      ['2026-11-03T09:00:00Z', 'b'],
    ])
      expect((await attempt(source('days'), line({ now }))).steps).toMatchObject([
        { chain: 'duty', groups: ['dba'], onCall: { rota: 'days', person: { name } } },
      ]);
    const [step] = (await attempt(source('vacant'), line())).steps;
    expect(step?.onCall).toEqual({ rota: 'vacant', person: null });
    const alone = source('vacant').replace('groups: [dba], ', '');
    expect(await attempt(alone, line())).toMatchObject({ effect: 'deny', steps: [] });
  });

  it('on a frozen connection is stopped before any rule', async () => {
    await bench.connect({ slug: 'icy' });
    await bench.database.pool.query(
      `update connection set frozen_at = now(), frozen_by = 'x', frozen_reason = 'Leak',
         version = version + 1 where slug = 'icy'`,
    );
    await bench.refresh();
    const result = await attempt(
      'rules: [{ id: all, effect: allow }]',
      line({ connection: 'icy' }),
    );
    expect(result).toMatchObject({ effect: 'deny', source: 'frozen' });
    expect(result.state.some(({ stops }) => stops)).toBe(true);
  });

  it.each([
    ['isn’t JSON', 'nonsense'],
    ['names a key twice', '{"connection":"a","connection":"b"}'],
    ['has no caller', '{"connection":"a","method":"ping"}'],
  ])('that %s is refused with its fault in place', async (_, text) => {
    await expect(attempt('rules: []', { line: text })).rejects.toMatchObject({
      code: 'invalid_input',
      fields: { line: expect.any(String) },
    });
  });

  it('is not judged by a draft with faults', async () => {
    await expect(attempt('rules: [{ id: a }]', line())).rejects.toMatchObject({
      code: 'policy_invalid',
    });
  });
});

describe('a recorded call', () => {
  const PRYING = `rules:
  - { id: pry, when: "args.note == 'x' || int(args.note) > 1 || args.sql.size() > 3", effect: deny }
`;

  it('is listed and found, without anything of its arguments', async () => {
    const { items } = await list.page({ limit: 50 });
    expect(items[0]).toMatchObject({ connection: 'demo', method: 'tools/call', target: 'read' });
    expect(JSON.stringify(items)).not.toContain(SECRET);
    expect((await list.page({ limit: 50, q: 'NOBODY-LIKE-THAT' })).items).toEqual([]);
    const first = await list.page({ limit: 1 });
    const second = await list.page({ limit: 1, cursor: first.next });
    expect(second.items[0]?.entryId).not.toBe(first.items[0]?.entryId);
  });

  // Guarantee: a draft reads stored arguments inside the gateway; nobody sees them who didn't open them.
  it('shows yes and no, but no argument and no error that could quote one', async () => {
    const before = await reveals();
    const result = await attempt(PRYING, { entryId: await newest(), open: false });
    expect(result.rules[0]?.when?.parts.length).toBeGreaterThan(2);
    expect(JSON.stringify(result)).not.toContain(SECRET);
    expect(JSON.stringify(result)).not.toContain('delete from');
    expect(result.call.line).toBeNull();
    expect(await reveals()).toBe(before);
  });

  it('shows its arguments once it is opened, which is recorded first', async () => {
    const before = await reveals();
    const entryId = await newest();
    const result = await attempt(PRYING, { entryId, open: true });
    expect(JSON.stringify(result.rules[0])).toContain(SECRET);
    expect(await reveals()).toBe(before + 1);
    // What it was opened as can be pasted, and is decided the same way.
    const pasted = await attempt(PRYING, { line: result.call.line ?? '' });
    expect(pasted.rules).toEqual(result.rules);
  });

  it('isn’t opened to people whose roles may not', async () => {
    const auditor: SignedInPerson = { ...ADMIN, roles: ['auditor'] };
    const result = await attempt(PRYING, { entryId: await newest(), open: true }, auditor);
    expect(JSON.stringify(result)).not.toContain(SECRET);
  });

  it('is counted with what came before it', async () => {
    for (const id of [2, 3, 4]) await (await agent.post(toolCall(id, 'read', '{}'))).last();
    const source = `rules: [{ id: many, when: 'count("1h") == 3', effect: deny }]`;
    const result = await attempt(source, { entryId: await newest(), open: false });
    expect(result.rules[0]?.when?.parts).toContainEqual({
      source: 'count("1h")',
      value: '3',
      error: null,
    });
    expect(result.effect).toBe('deny');
  });

  it('says what would be masked in its answer', async () => {
    bench.upstream.on('tools/call', ({ id }, response) =>
      json(response, textResult(id, '{"badge":"B-7","name":"Ann"}')),
    );
    await (await agent.post(toolCall(9, 'read', '{}'))).last();
    const source = `rules: [{ id: all, effect: allow, mask: [{ field: '**.badge', as: redact }] }]`;
    const { answer } = await attempt(source, { entryId: await newest(), open: false });
    expect(answer).toMatchObject({ masked: 1, places: [expect.stringContaining('badge')] });
  });

  it('whose request is gone can’t be tried', async () => {
    const entryId = await newest();
    await bench.database.pool.query('delete from frame where entry_id = $1', [entryId]);
    await expect(attempt('rules: []', { entryId, open: false })).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringContaining('retention'),
    });
  });

  it('is not any other entry', async () => {
    const { rows } = await bench.database.pool.query<{ id: string }>(
      `select id from entry where kind = 'call.answered' limit 1`,
    );
    const entryId = rows[0]?.id ?? '';
    await expect(attempt('rules: []', { entryId, open: false })).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});

import type { Readable } from 'node:stream';
import { simulationLineSchema, type SimulationLine } from '@holdpoint/contracts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import type { EntryDraft } from '../../audit/entry.ts';
import { Ledger } from '../../audit/ledger.ts';
import { ConnectionRegistry } from '../../connections/connection-registry.ts';
import { ToolCatalogue } from '../../connections/tool-catalogue.ts';
import type { SignedInPerson } from '../../identity/signed-in-person.ts';
import { RotaRegistry } from '../../rotas/rota-registry.ts';
import { insertRota } from '../../rotas/rota.sql.ts';
import { toolCall, type Agent } from '../../testing/agent.ts';
import { startMcpBench, until, type McpBench } from '../../testing/mcp-bench.ts';
import { Simulations } from './simulations.service.ts';

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
/** What agents and upstreams may name a tool: nothing of it may get out of its place. */
const HOSTILE = '<img src=x onerror=alert(1)>\u202e"\'\n';
const ALLOW_ALL = 'rules:\n  - id: all\n    effect: allow\n';
const BULK = 10_000;

let bench: McpBench;
let agent: Agent;
let simulations: Simulations;

beforeAll(async () => {
  bench = await startMcpBench();
  simulations = bench.context.get(Simulations);
  agent = await bench.agent();
  await (await agent.initialize()).text();
});
afterAll(() => bench.close());

type Result = Extract<SimulationLine, { kind: 'result' }>;

async function lines(stream: Readable): Promise<readonly SimulationLine[]> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text
    .trim()
    .split('\n')
    .map((line) => simulationLineSchema.parse(JSON.parse(line)));
}

async function simulate(source: string, last = 1000, connections?: string[]): Promise<Result> {
  const input = { source, span: { last }, ...(connections && { connections }) };
  const end = (await lines(await simulations.start(input, ADMIN))).at(-1);
  if (end?.kind !== 'result') throw new Error(JSON.stringify(end));
  return end;
}

/** The upstream describes its tool `read` otherwise, and the gateway sees it. */
async function redefine(description: string | undefined): Promise<void> {
  const inputSchema = { type: 'object' };
  bench.upstream.tools.set('read', {
    name: 'read',
    inputSchema,
    ...(description && { description }),
  });
  const record = bench.context.get(ConnectionRegistry).bySlug('demo');
  if (record === undefined) throw new Error('The connection was not loaded.');
  await bench.context.get(ToolCatalogue).refresh(record);
}

describe('recorded calls, judged by a draft', () => {
  beforeAll(async () => {
    for (let id = 1; id <= 3; id++) await (await agent.post(toolCall(id, 'read', '{}'))).last();
    await (await agent.post(toolCall(4, 'forbidden', '{}'))).last();
    const held = await agent.post(toolCall(5, 'write', '{"n":1}'));
    await bench.decide('approve');
    await held.last();
    (await agent.post(toolCall(6, HOSTILE, '{}'))).leave();
  });

  it('change nothing by the policy in force itself', async () => {
    const { rows } = await bench.database.pool.query<{ source: string }>(
      'select source from policy_version order by number desc limit 1',
    );
    const result = await simulate(rows[0]?.source ?? '');
    expect(result).toMatchObject({ flips: [], rerouted: { count: 0 }, drift: [] });
    expect(result.totals.deny).toEqual({ before: 1, after: 1 });
    expect(result.masks).toEqual({ more: 0, fewer: 0, other: 0 });
  });

  it('are grouped by how they flip, each with its call and the rules that decide', async () => {
    const result = await simulate(
      `rules:
  - { id: no-reads, match: { tools: [read] }, effect: deny }
  - { id: rest, effect: allow }
`,
    );
    const found = result.flips.map(({ from, to, count }) => `${from} ${to} ${count}`);
    expect(found).toContain('allow deny 3');
    expect(found).toContain('deny allow 1');
    const [flip] = result.flips.filter(({ from, to }) => from === 'allow' && to === 'deny');
    expect(flip?.calls).toHaveLength(3);
    expect(flip?.calls[0]).toMatchObject({
      call: { connection: 'demo', method: 'tools/call', target: 'read', effect: 'allow' },
      before: { effect: 'allow', source: 'rule', rules: ['reads'] },
      after: { effect: 'deny', source: 'rule', rules: ['no-reads'] },
    });
    const times = flip?.calls.map(({ call }) => call.at) ?? [];
    expect(times).toEqual(times.toSorted().toReversed());
  });

  it('link to entries that exist in their sessions', async () => {
    const { flips } = await simulate('rules: [{ id: none, effect: deny }]\n');
    const calls = flips.flatMap((flip) => flip.calls.map(({ call }) => call));
    expect(calls.length).toBeGreaterThan(3);
    for (const { entryId, sessionId, callId } of calls) {
      const { rowCount } = await bench.database.pool.query(
        'select 1 from entry where id = $1 and session_id = $2 and call_id = $3',
        [entryId, sessionId, callId],
      );
      expect(rowCount).toBe(1);
    }
  });

  it('with hostile names stay in their place', async () => {
    const { flips } = await simulate(ALLOW_ALL);
    const hostile = flips
      .flatMap(({ calls }) => calls)
      .find(({ call }) => call.target?.includes('onerror'));
    // A tool that nobody lists is held, whatever the policy says.
    expect(hostile).toBeUndefined();
    const denied = await simulate('rules: [{ id: none, effect: deny }]\n');
    expect(denied.flips.flatMap(({ calls }) => calls).map(({ call }) => call.target)).toContain(
      HOSTILE,
    );
  });

  it('say nothing of their arguments', async () => {
    await (await agent.post(toolCall(7, 'read', '{"q":"very-private"}'))).last();
    const stream = await simulations.start(
      { source: 'rules: [{ id: none, effect: deny }]\n', span: { last: 100 } },
      ADMIN,
    );
    expect(JSON.stringify(await lines(stream))).not.toContain('very-private');
  });

  it('count the approvals that they would cost, per chain', async () => {
    const result = await simulate(
      `chains:
  two: { steps: [{ reviewers: { groups: [dba] }, quorum: 2 }] }
rules:
  - { id: hold-reads, match: { tools: [read] }, effect: hold, approval: two }
  - { id: hold-writes, match: { tools: [write] }, effect: hold, approval: two }
`,
    );
    const reads = result.rules.find(({ ruleId }) => ruleId === 'hold-reads');
    expect(reads?.after).toMatchObject({ matched: 4, decided: 4, held: 4, erred: 0 });
    const load = result.load.find(({ chain }) => chain === 'two');
    expect(load).toMatchObject({ reviewers: { groups: ['dba'] }, before: 0, after: 10 });
    expect(result.rerouted.count).toBe(1);
    expect(result.span.days).toBe(1);
  });

  // Guarantee: a simulation gives the ruling that a call would get, rotas included, and says whom it costs.
  it('count what falls to whom by a rota, and deny where it has nobody', async () => {
    const [day, night] = ['day', 'night'].map((name) => `http://issuer.example.com|${name}`);
    const hour = (ahead: number) => new Date(Date.now() + ahead * 3_600_000).toISOString();
    const rota = { title: 'Nights', timeZone: 'UTC', shift: 'weekly', handOver: '09:00' } as const;
    const nights = { ...rota, name: 'nights', startsOn: '2026-01-05', people: [day ?? ''] };
    const overrides = [{ person: night ?? '', from: hour(-1), to: hour(1) }];
    await insertRota(bench.database.pool, { ...nights, overrides });
    await insertRota(bench.database.pool, { ...nights, name: 'empty', people: [], overrides: [] });
    await bench.context.get(RotaRegistry).refresh();
    const heldBy = (name: string) => `chains:
  out-of-hours: { steps: [{ reviewers: { onCall: ${name} } }] }
rules:
  - { id: hold-reads, match: { tools: [read] }, effect: hold, approval: out-of-hours }
`;
    const { load } = await simulate(heldBy('nights'));
    const counts = { before: 0, after: 4 };
    expect(load.find(({ chain }) => chain === 'out-of-hours')).toMatchObject({
      ...counts,
      reviewers: {
        groups: [],
        onCall: { rota: 'nights', turns: [{ person: { name: 'night' }, ...counts }] },
      },
    });
    const none = await simulate(heldBy('empty'));
    expect(none.flips.map(({ from, to, count }) => `${from} ${to} ${count}`)).toContain(
      'allow deny 4',
    );
  });

  it('show rules that never match, rules that err, and what observing ones would do', async () => {
    const result = await simulate(
      `rules:
  - { id: idle, match: { tools: [nothing-like-it] }, effect: deny }
  - { id: errs, match: { tools: [read] }, when: args.no.such > 1, effect: deny }
  - { id: looks, match: { tools: [write] }, effect: deny, mode: observe }
`,
    );
    const tally = (id: string) => result.rules.find(({ ruleId }) => ruleId === id)?.after;
    expect(tally('idle')).toMatchObject({ matched: 0, erred: 0 });
    expect(tally('errs')).toMatchObject({ matched: 0, erred: 4, decided: 4 });
    expect(tally('looks')).toMatchObject({ matched: 1, decided: 0, wouldChange: 1 });
  });

  it('notice answers that are masked otherwise', async () => {
    const { masks } = await simulate('rules: [{ id: all, effect: allow }]\n');
    expect(masks.fewer).toBeGreaterThan(0);
    expect(masks.more).toBe(0);
  });

  it('are narrowed to connections, of which each must exist', async () => {
    await bench.connect({ slug: 'other' });
    expect((await simulate(ALLOW_ALL, 100, ['other'])).judged).toBe(0);
    await expect(simulate(ALLOW_ALL, 100, ['nowhere'])).rejects.toMatchObject({
      code: 'invalid_input',
    });
  });

  it('are taken from a span of time', async () => {
    const from = new Date(Date.now() - 60_000).toISOString();
    const to = new Date(Date.now() + 1000).toISOString();
    const input = { source: ALLOW_ALL, span: { from, to } };
    const end = (await lines(await simulations.start(input, ADMIN))).at(-1);
    expect(end).toMatchObject({ kind: 'result', span: { from, days: 1 } });
    const empty = { from: '2020-01-01T00:00:00.000Z', to: '2020-01-02T00:00:00.000Z' };
    const none = await lines(await simulations.start({ source: ALLOW_ALL, span: empty }, ADMIN));
    expect(none.at(-1)).toMatchObject({ kind: 'result', judged: 0 });
  });

  // Guarantee: what nobody accepted is never counted as let through.
  it('are held by both policies while nobody accepted the definition of their tool', async () => {
    const inForce = (await simulate(ALLOW_ALL, 1000, ['demo'])).totals;
    await redefine('Reads, and sends it elsewhere.');
    const { flips, totals, drift } = await simulate(ALLOW_ALL, 1000, ['demo']);
    expect(totals.allow).toEqual({
      before: inForce.allow.before - 4,
      after: inForce.allow.after - 4,
    });
    expect(totals.hold.before).toBe(inForce.hold.before + 4);
    expect(totals.hold.after).toBe(inForce.hold.after + 4);
    expect(flips.flatMap(({ calls }) => calls).map(({ call }) => call.target)).not.toContain(
      'read',
    );
    expect(drift.length).toBeGreaterThan(0);
    await redefine(undefined);
    expect((await simulate(ALLOW_ALL, 1000, ['demo'])).totals).toEqual(inForce);
  });

  it('are on record as asked about', async () => {
    await simulate(ALLOW_ALL);
    const { rows } = await bench.database.pool.query<{ content: string }>(
      `select content from entry where kind = 'policy.simulated' order by id desc limit 1`,
    );
    expect(JSON.parse(rows[0]?.content ?? '{}')).toMatchObject({
      who: ADMIN.key,
      data: { person: 'Adrian Admin', sourceSha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
  });

  it('are not judged by a draft with faults', async () => {
    await expect(simulate('rules: [{ id: a, efect: deny }]')).rejects.toMatchObject({
      code: 'policy_invalid',
    });
  });
});

describe('ten thousand recorded calls', () => {
  const session = uuidv7();
  let connection: { readonly id: string; readonly slug: string };

  beforeAll(async () => {
    const { id, slug } = await bench.connect({ slug: 'bulk', defaultEffect: 'allow' });
    connection = { id, slug };
    const caller = {
      key: 'http://issuer.example.com|bulk',
      issuer: 'http://issuer.example.com',
      subject: 'bulk',
      kind: 'service',
      displayName: 'Bulk',
      clientId: null,
      groups: ['agents'],
      ownerKey: null,
    };
    await bench.database.pool.query(
      `insert into session (id, connection_id, caller_key, caller, client, era)
       values ($1, $2, $3, $4, '{"name":"bulk","version":"1"}', 'legacy')`,
      [session, id, caller.key, caller],
    );
    const ledger = bench.context.get(Ledger);
    for (let at = 0; at < BULK; at += 500) {
      const drafts = Array.from({ length: 500 }, (_, n) => draft(at + n, caller.key));
      await ledger.appendIn(bench.database.pool, ...drafts);
    }
  });

  function draft(n: number, who: string): EntryDraft {
    const sql = n % 10 === 0 ? `delete from orders where id = ${n}` : `select ${n} from orders`;
    return {
      kind: 'call.received',
      connection,
      sessionId: session,
      callId: uuidv7(),
      who,
      method: 'tools/call',
      target: 'query',
      effect: 'allow',
      frames: [
        {
          edge: 'agent-to-gateway',
          bytes: Buffer.from(toolCall(n, 'query', JSON.stringify({ sql }))),
          sealed: true,
        },
      ],
    };
  }

  const WRITES = `rules:
  - { id: writes, match: { connections: [bulk] }, when: sql(args.sql).mutates, effect: deny }
`;

  it('are judged twice, with progress, and counted right', async () => {
    const input = { source: WRITES, span: { last: BULK }, connections: ['bulk'] };
    const startedAt = performance.now();
    const told = await lines(await simulations.start(input, ADMIN));
    const tookMs = performance.now() - startedAt;
    const result = told.at(-1);
    expect(told[0]).toEqual({ kind: 'progress', judged: 0, total: BULK });
    expect(result).toMatchObject({ kind: 'result', judged: BULK });
    if (result?.kind !== 'result') throw new Error('no result');
    const flip = result.flips.find(({ to }) => to === 'deny');
    expect(flip).toMatchObject({ count: BULK / 10 });
    expect(flip?.calls).toHaveLength(200);
    if (process.env['HOLDPOINT_MEASURE'])
      process.stdout.write(`${BULK} calls: ${Math.round(tookMs)} ms\n`);
  });

  it('count what came before each of them', async () => {
    const source = `rules:
  - { id: many, match: { connections: [bulk] }, when: 'count("1h") >= 4000', effect: deny }
`;
    const result = await simulate(source, BULK, ['bulk']);
    expect(result.rules.find(({ ruleId }) => ruleId === 'many')?.after?.decided).toBe(6000);
    // Only the last hundred are judged; those before them are counted nevertheless.
    const last = await simulate(source, 100, ['bulk']);
    expect(last.rules.find(({ ruleId }) => ruleId === 'many')?.after?.decided).toBe(100);
  }, 120_000);

  it('leave the event loop to others meanwhile', async () => {
    const stream = await simulations.start(
      { source: WRITES, span: { last: BULK }, connections: ['bulk'] },
      ADMIN,
    );
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 1);
    await lines(stream);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(50);
  });

  it('are left alone when nobody reads on, and their place is free again', async () => {
    const input = { source: WRITES, span: { last: BULK }, connections: ['bulk'] };
    const first = await simulations.start(input, ADMIN);
    const second = await simulations.start(input, ADMIN);
    await expect(simulations.start(input, ADMIN)).rejects.toMatchObject({
      code: 'too_many_simulations',
    });
    // One was read from, the other never.
    await new Promise((resolve) => first.once('data', resolve));
    first.destroy();
    second.destroy();
    await until(
      () =>
        simulations.start({ source: WRITES, span: { last: 1 } }, ADMIN).then(
          (stream) => lines(stream).then(() => true),
          () => false,
        ),
      'there is room again',
    );
  });

  it('whose requests are gone, or were changed, are counted as not judged', async () => {
    const { pool } = bench.database;
    await pool.query(
      `delete from frame where id in (select f.id from frame f join entry e on e.id = f.entry_id
         where e.session_id = $1 order by f.id limit 10)`,
      [session],
    );
    await pool.query(
      `update frame set bytes = set_byte(bytes, 60, get_byte(bytes, 60) # 1)
       where id in (select f.id from frame f join entry e on e.id = f.entry_id
         where e.session_id = $1 order by f.id limit 3)`,
      [session],
    );
    const result = await simulate(WRITES, BULK, ['bulk']);
    expect(result.notJudged).toEqual({ retention: 10, unreadable: 3 });
    expect(result.judged).toBe(BULK - 13);
  });
});

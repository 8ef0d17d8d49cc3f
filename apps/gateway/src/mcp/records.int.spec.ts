import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { toolCall, type Agent } from '../testing/agent.ts';
import { startMcpBench, until, type McpBench } from '../testing/mcp-bench.ts';
import { event, json, stream, textResult } from '../testing/scripted-upstream.ts';

let bench: McpBench;
let agent: Agent;

beforeAll(async () => {
  bench = await startMcpBench();
  agent = await bench.agent();
});
afterAll(() => bench.close());
afterEach(() => bench.upstream.reset());

/** Entries of a kind whose frames hold these bytes or, sealed, have their size. */
async function committed(kind: string): Promise<number> {
  const { rowCount } = await bench.database.pool.query(
    `select 1 from entry e join frame f on f.entry_id = e.id where e.kind = $1`,
    [kind],
  );
  return rowCount ?? 0;
}

async function withoutTable(table: string, work: () => Promise<void>): Promise<void> {
  await bench.database.pool.query(`alter table ${table} rename to ${table}_away`);
  try {
    await work();
  } finally {
    await bench.database.pool.query(`alter table ${table}_away rename to ${table}`);
  }
}

describe('record, then act', () => {
  // Guarantee (invariant 1): a request goes upstream only after its intent is committed.
  it('has committed the intent when the upstream reads the request', async () => {
    const before = await committed('call.received');
    let seen = -1;
    bench.upstream.on('tools/call', async (asked, response) => {
      seen = await committed('call.received');
      json(response, textResult(asked.id, 'done'));
    });
    await (await agent.post(toolCall(1, 'read'))).text();
    expect(seen).toBe(before + 1);
  });

  // Guarantee (invariants 1 and 2): a held call's claim and intent are committed before it leaves.
  it('has committed the claim when the upstream reads a held request', async () => {
    let seen: unknown;
    bench.upstream.on('tools/call', async (asked, response) => {
      const { rows } = await bench.database.pool.query(
        `select a.state, (select count(*)::int from entry e where e.approval_id = a.id and e.kind = 'call.forwarded') as intents
           from approval a order by a.id desc limit 1`,
      );
      seen = rows[0];
      json(response, textResult(asked.id, 'done'));
    });
    const answer = await agent.post(toolCall(2, 'write', '{"n":1}'));
    await bench.decide('approve');
    await answer.last();
    expect(seen).toEqual({ state: 'claimed', intents: 1 });
  });

  // Guarantee (invariant 1): no byte of an answer reaches the agent before it is committed.
  it('has committed each frame of a stream when the agent reads it', async () => {
    bench.upstream.on('tools/call', (asked, response) => {
      stream(
        response,
        event(
          '{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"one"}}',
        ),
      );
      setTimeout(() => response.end(event(textResult(asked.id, 'two'))), 50);
    });
    const [notes, answers] = [
      await committed('upstream.notification'),
      await committed('call.answered'),
    ];
    const answer = await agent.post(toolCall(3, 'read'));
    expect(await answer.nextData()).toContain('"one"');
    expect(await committed('upstream.notification')).toBe(notes + 1);
    expect(await answer.nextData()).toContain('two');
    expect(await committed('call.answered')).toBe(answers + 1);
  });

  // Guarantee (invariants 1 and 3): what can't be recorded is refused, and nothing leaves.
  it.each([
    ['an allowed call', 'entry', 'read', {}],
    ['a held call', 'approval', 'write', {}],
    ['a held call without its frames', 'frame', 'write', { n: 7 }],
    ['a denied call', 'entry', 'forbidden', {}],
  ])('refuses %s that can’t be recorded', async (_what, table, tool, args) => {
    await withoutTable(table, async () => {
      const answer = await agent.post(toolCall('lost', tool, JSON.stringify(args)));
      expect(answer.status).toBe(503);
      expect(JSON.parse(await answer.text())).toMatchObject({
        id: 'lost',
        error: { code: 4807, data: { code: 'not_recorded' } },
      });
    });
    expect(bench.upstream.asked).toEqual([]);
  });

  it('refuses a notification that can’t be recorded', async () => {
    await withoutTable('entry', async () => {
      const answer = await agent.post('{"jsonrpc":"2.0","method":"notifications/initialized"}');
      expect(answer.status).toBe(503);
    });
    expect(bench.upstream.asked).toEqual([]);
  });

  // Guarantee (invariant 3): an answer that can't be recorded is not shown, and the agent learns not to repeat.
  it.each([
    [
      'a body',
      (response: Parameters<typeof json>[0], id: string) =>
        json(response, textResult(id, 'secret answer')),
    ],
    [
      'a stream',
      (response: Parameters<typeof json>[0], id: string) =>
        void stream(response).end(event(textResult(id, 'secret answer'))),
    ],
  ])(
    'says that a call may have run when its answer in %s can’t be recorded',
    async (_what, send) => {
      bench.upstream.on('tools/call', async (asked, response) => {
        await bench.database.pool.query('alter table entry rename to entry_away');
        send(response, asked.id);
      });
      try {
        const text = await (await agent.post(toolCall(4, 'read'))).last();
        expect(text).not.toContain('secret answer');
        expect(JSON.parse(text)).toMatchObject({
          id: 4,
          result: { isError: true, _meta: { 'holdpoint/refusal': { code: 'may_have_run' } } },
        });
      } finally {
        await bench.database.pool.query('alter table entry_away rename to entry');
      }
    },
  );

  // Guarantee (invariants 2 and 3): a held call whose answer is lost ends as `unknown`, not `claimed` for ever.
  it('settles a held call as unknown once the database is back', async () => {
    bench.upstream.on('tools/call', async (asked, response) => {
      await bench.database.pool.query('alter table entry rename to entry_away');
      json(response, textResult(asked.id, 'done'));
    });
    const answer = await agent.post(toolCall(5, 'write', '{"n":2}'));
    const id = await bench.decide('approve');
    try {
      expect(await answer.last()).toContain('may_have_run');
    } finally {
      await bench.database.pool.query('alter table entry_away rename to entry');
    }
    await until(async () => {
      const { rows } = await bench.database.pool.query<{ state: string }>(
        'select state from approval where id = $1',
        [id],
      );
      return rows[0]?.state === 'unknown';
    }, 'the approval is unknown');
    expect(bench.upstream.calls()).toHaveLength(1);
  });
});

describe('a rule that observes', () => {
  // Guarantee: it changes nothing, and what it would have done is on record and found by its id.
  it('is recorded with what it would have done', async () => {
    const { rows: before } = await bench.database.pool.query<{ source: string }>(
      'select source from policy_version order by number desc limit 1',
    );
    await bench.publish(`rules:
  - { id: reads, match: { tools: [read] }, effect: allow }
  - { id: on-trial, match: { tools: [read] }, when: args.n > 1, effect: hold, mode: observe }
  - { id: unsure, match: { tools: [read] }, when: args.missing == 1, effect: allow, mode: observe }
`);
    await (await agent.post(toolCall(1, 'read', '{"n":1}'))).text();
    await (await agent.post(toolCall(2, 'read', '{"n":2}'))).text();
    expect(bench.upstream.calls()).toHaveLength(2);
    const { rows } = await bench.database.pool.query<{ observed: string; rules: unknown }>(
      `select observed, content::json #> '{data,decision,observed}' as rules from entry
        where observed is not null order by id`,
    );
    expect(rows).toEqual([
      {
        observed: 'unsure',
        rules: [expect.objectContaining({ ruleId: 'unsure', wouldBe: 'hold' })],
      },
      {
        observed: 'on-trial unsure',
        rules: [
          expect.objectContaining({ ruleId: 'on-trial', wouldBe: 'hold', error: null }),
          expect.objectContaining({ ruleId: 'unsure', wouldBe: 'hold' }),
        ],
      },
    ]);
    await bench.publish(before[0]?.source ?? '');
  });
});

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { CallCounts } from '../policies/call-counts.ts';
import { PolicyStore } from '../policies/policy-store.ts';
import { toolCall, type Agent } from '../testing/agent.ts';
import { startMcpBench, type BenchGateway, type McpBench } from '../testing/mcp-bench.ts';
import { json, resultOf, textResult } from '../testing/scripted-upstream.ts';
import { headersFor, meta } from '../testing/task-talk.ts';

let bench: McpBench;
let second: BenchGateway;

beforeAll(async () => {
  bench = await startMcpBench();
  second = await bench.open();
  await bench.connect({ slug: 'other', defaultEffect: 'allow' });
});
afterAll(() => bench.close());
afterEach(() => bench.upstream.reset());

const rules = (...lines: readonly string[]) =>
  `rules:\n${lines.map((line, at) => `  - { id: r${at + 1}, ${line} }\n`).join('')}`;
const atMost = (limit: number, window = '10m') => [
  `match: { tools: [read] }, effect: allow`,
  `match: { tools: [read] }, when: 'count("${window}") >= ${limit}', effect: deny`,
];

let callers = 0;
/** A caller whom nobody has counted, on both gateways. */
async function newCaller(): Promise<{ readonly name: string; readonly on: readonly Agent[] }> {
  const name = `counted-${(callers += 1)}`;
  const on = [await bench.agent(name), await bench.agent(name, 'demo', second)];
  for (const agent of on) await (await agent.initialize()).text();
  bench.upstream.reset();
  return { name, on };
}

const passed = () => bench.upstream.calls().length;

async function callAtOnce(agents: readonly Agent[], count: number): Promise<readonly string[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, at) => {
      const agent = agents[at % agents.length];
      if (!agent) throw new Error('unreachable');
      return (await agent.post(toolCall(at, 'read', `{"n":${at}}`))).last();
    }),
  );
}

describe('a rule that counts', () => {
  // Guarantee: whatever the interleaving, on however many replicas, no more pass than the rule says.
  it('lets exactly so many pass, of sixty at once on two gateways', async () => {
    await bench.publish(rules(...atMost(20)));
    const { on } = await newCaller();
    const answers = await callAtOnce(on, 60);
    expect(passed()).toBe(20);
    expect(answers.filter((text) => text.includes('Denied by policy'))).toHaveLength(40);
    await callAtOnce(on, 4);
    expect(passed()).toBe(20);
  });

  it('counts each caller, connection, method and name for itself', async () => {
    await bench.publish(rules(...atMost(2), `match: { tools: [staff] }, effect: allow`));
    const [one, two] = [await newCaller(), await newCaller()];
    await callAtOnce(one.on, 3);
    await callAtOnce(two.on, 3);
    expect(passed()).toBe(4);
    const elsewhere = await bench.agent(one.name, 'other');
    await (await elsewhere.post(toolCall(1, 'read'))).last();
    expect(passed()).toBe(5);
    await (await one.on[0]?.post(toolCall(2, 'staff')))?.last();
    expect(passed()).toBe(6);
  });

  it('forgets what the window no longer reaches', async () => {
    await bench.publish(rules(...atMost(2, '5s')));
    const { on } = await newCaller();
    await callAtOnce(on, 3);
    expect(passed()).toBe(2);
    await new Promise((resolve) => setTimeout(resolve, 5100));
    await callAtOnce(on, 3);
    expect(passed()).toBe(4);
  });

  // Guarantee: a rule means what it says from its first call on, also of what came before it was published.
  it('knows the calls that came while nothing was counted', async () => {
    const { on } = await newCaller();
    await bench.publish(rules(`match: { tools: [read] }, effect: allow`));
    await callAtOnce(on, 3);
    await bench.publish(rules(...atMost(5)));
    await callAtOnce(on, 4);
    expect(passed()).toBe(5);
    await bench.publish(rules(`match: { tools: [read] }, effect: allow`));
    await callAtOnce(on, 4);
    await bench.publish(rules(...atMost(14)));
    // Eleven came so far, whatever became of them.
    await callAtOnce(on, 6);
    expect(passed()).toBe(12);
  });

  // Guarantee: an answer that asks for input is no way to run an allowed call more often than it may.
  it('counts what goes on with one answer more than once, and not an honest round', async () => {
    await bench.publish(rules(...atMost(2)));
    const { name } = await newCaller();
    const agent = await bench.agent(name);
    bench.upstream.on('tools/call', (asked, response) =>
      json(
        response,
        asked.text.includes('inputResponses')
          ? textResult(asked.id, 'ran')
          : resultOf(asked.id, '{"resultType":"input_required","requestState":"s"}'),
      ),
    );
    const frame = toolCall(1, 'read', '{"rounds":1}', meta('{}'));
    const say = async (text: string) =>
      (await agent.post(text, headersFor('tools/call', 'read'))).last();
    const goOn = async (requestState: unknown, value: number) =>
      say(
        `${frame.slice(0, -2)},"inputResponses":{"n":{"value":${value}}},"requestState":${JSON.stringify(requestState)}}}`,
      );
    // Two calls, each of two rounds.
    for (const value of [1, 2]) {
      const { requestState } = JSON.parse(await say(frame)).result;
      expect(await goOn(requestState, value)).toContain('ran');
      if (value === 1) continue;
      const again = await Promise.all([3, 4, 5].map((other) => goOn(requestState, other)));
      expect(again.filter((text) => text.includes('Denied by policy'))).toHaveLength(3);
    }
    expect(passed()).toBe(4);
    expect(await say(frame)).toContain('Denied by policy');
  });

  it('records what it counted', async () => {
    await bench.publish(rules(...atMost(1)));
    const { on } = await newCaller();
    await callAtOnce(on.slice(0, 1), 1);
    await callAtOnce(on.slice(0, 1), 1);
    const { rows } = await bench.database.pool.query<{ counts: unknown }>(
      `select content::json #> '{data,decision,counts}' as counts from entry
        where kind in ('call.received', 'call.refused') and method = 'tools/call'
        order by id desc limit 2`,
    );
    expect(rows.map(({ counts }) => counts)).toEqual([{ '10m': 1 }, { '10m': 0 }]);
  });

  // Guarantee: a call that is judged again is not counted again, nor are the calls after it.
  it('judges a held call by the calls before it, whenever that is', async () => {
    await bench.publish(
      rules(
        `match: { tools: [write] }, effect: hold`,
        `match: { tools: [write] }, when: 'count("10m") > 0', effect: deny`,
      ),
    );
    const { on } = await newCaller();
    const held = await on[0]?.post(toolCall(1, 'write', '{"n":"held"}'));
    await held?.next();
    const { id } = await bench.approval('held');
    const denied = await on[1]?.post(toolCall(2, 'write', '{"n":"another"}'));
    expect(await denied?.last()).toContain('Denied by policy');
    await bench.decide('approve', id);
    expect(await held?.last()).toContain('done');
  });

  // Guarantee (invariant 3): what can't be counted is careful.
  it('errs where the database does not count', async () => {
    await bench.publish(rules(...atMost(20)));
    const { on } = await newCaller();
    await bench.database.pool.query('alter table call_arrival rename to call_arrival_gone');
    try {
      expect((await callAtOnce(on, 2)).join()).toContain('Denied by policy');
    } finally {
      await bench.database.pool.query('alter table call_arrival_gone rename to call_arrival');
    }
    expect(passed()).toBe(0);
  });

  it('asks nobody where no rule counts', async () => {
    await bench.publish(rules(`match: { tools: [read] }, effect: allow`));
    const { on } = await newCaller();
    const before = await arrivals();
    await callAtOnce(on, 4);
    expect(await arrivals()).toBe(before);
    expect(bench.context.get(PolicyStore).current().counting).toEqual([]);
  });

  it('keeps nothing longer than a window may be', async () => {
    await bench.database.pool.query(
      `insert into call_arrival (call_id, key, at) values (gen_random_uuid(), 'old', now() - interval '26 hours')`,
    );
    await bench.database.pool.query(
      `insert into call_tally (key, complete_at) values ('old', now() - interval '27 hours')`,
    );
    await bench.context.get(CallCounts).purge();
    const { rows } = await bench.database.pool.query(
      `select key from call_arrival where key = 'old' union all select key from call_tally where key = 'old'`,
    );
    expect(rows).toEqual([]);
  });
});

async function arrivals(): Promise<number> {
  const { rows } = await bench.database.pool.query<{ n: string }>(
    'select count(*) as n from call_arrival',
  );
  return Number(rows[0]?.n);
}

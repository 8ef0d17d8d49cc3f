import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { toolCall, type Agent } from '../testing/agent.ts';
import { startMcpBench, until, type BenchGateway, type McpBench } from '../testing/mcp-bench.ts';

/** A published policy is in force on every replica within this. */
const IN_FORCE_MS = 1000;
const PUBLISHED = 20;

let bench: McpBench;
let second: BenchGateway;

beforeAll(async () => {
  bench = await startMcpBench();
  second = await bench.open();
});
afterAll(() => bench.close());
afterEach(() => bench.upstream.reset());

/**
 * Of version N all that a call shows has N in it: which rule let it pass, and that the other, which
 * every version denies by another name, did not.
 */
const policy = (n: number) => `
rules:
  - { id: passes-${n}, match: { tools: [read] }, effect: allow }
  - { id: watches-${n}, match: { tools: [read] }, effect: deny, mode: observe }
  - { id: denies-${n}, match: { tools: [staff] }, effect: deny, message: Version ${n}. }
  - { id: masks-${n}, match: { tools: [read] }, mask: [{ field: secret-${n}, as: drop }] }
`;

interface Judged {
  readonly at: Date;
  readonly who: string;
  readonly policy: number;
  readonly target: string;
  readonly rules: readonly string[];
  readonly observed: readonly string[];
  readonly masks: readonly string[];
}

/** Calls on both gateways without a pause, until it is told to stop. */
function load(agents: readonly Agent[]): {
  stop(): Promise<{ readonly calls: number; readonly slowestMs: number }>;
} {
  let stopped = false;
  let calls = 0;
  let slowestMs = 0;
  const runs = agents.flatMap((agent) =>
    ['read', 'read', 'staff'].map(async (tool) => {
      while (!stopped) {
        const startedAt = performance.now();
        await (await agent.post(toolCall((calls += 1), tool))).text();
        slowestMs = Math.max(slowestMs, performance.now() - startedAt);
      }
    }),
  );
  return {
    async stop() {
      stopped = true;
      await Promise.all(runs);
      return { calls, slowestMs };
    },
  };
}

async function publish(): Promise<{ readonly number: number; readonly committedAt: number }> {
  const { rows } = await bench.database.pool.query<{ number: number }>(
    `insert into policy_version (number, source, published_by)
       select max(number) + 1, replace($1, 'N', (max(number) + 1)::text), 'spec' from policy_version
       returning number`,
    [policy(0).replaceAll('-0', '-N').replaceAll('Version 0', 'Version N')],
  );
  return { number: rows[0]?.number ?? 0, committedAt: Date.now() };
}

async function judgedSince(entryId: string): Promise<readonly Judged[]> {
  const { rows } = await bench.database.pool.query<{ at: Date; who: string; content: string }>(
    `select at, who, content from entry
      where id > $1 and kind in ('call.received', 'call.refused') and method = 'tools/call' order by id`,
    [entryId],
  );
  return rows.map(({ at, who, content }) => {
    const { data, target } = JSON.parse(content);
    const { rules, observed, masks } = data.decision;
    const ids = (list: readonly { ruleId: string }[]) => list.map(({ ruleId }) => ruleId);
    return {
      at,
      who,
      target,
      policy: data.policy,
      rules: ids(rules),
      observed: ids(observed),
      masks,
    };
  });
}

const newestEntry = async () => {
  const { rows } = await bench.database.pool.query<{ id: string }>(
    'select id from entry order by id desc limit 1',
  );
  return rows[0]?.id ?? '';
};

const agents = async () => {
  const both = [await bench.agent('one'), await bench.agent('two', 'demo', second)];
  for (const agent of both) await (await agent.initialize()).text();
  return both;
};

/** What each call of a version must show, whichever gateway judged it. */
function expectWhole(judged: readonly Judged[]): void {
  for (const { policy: n, target, rules, observed, masks } of judged) {
    const expected =
      target === 'staff'
        ? { rules: [`denies-${n}`], observed: [], masks: [] }
        : {
            rules: [`passes-${n}`],
            observed: [`watches-${n}`],
            masks: [`secret-${n} (drop)`],
          };
    expect({ rules, observed, masks }).toEqual(expected);
  }
}

/** The longest time after a publish at which a call was still judged by an older version. */
function latestLag(
  judged: readonly Judged[],
  published: readonly { readonly number: number; readonly committedAt: number }[],
): number {
  const lags = judged.flatMap(({ at, policy: n }) =>
    published.filter(({ number }) => n < number).map((each) => at.getTime() - each.committedAt),
  );
  return Math.max(0, ...lags);
}

describe('a published policy', () => {
  // Guarantee: no call is judged by half of a policy, and each record names the version it was judged by.
  it.each([
    ['with hints', true],
    ['where every hint is lost', false],
  ])('is in force on every replica within a second, as a whole, %s', async (_what, hints) => {
    const first = await publish();
    await bench.refresh();
    const since = await newestEntry();
    const running = load(await agents());
    const published = [first];
    for (let n = 0; n < PUBLISHED; n += 1) {
      if (!hints) await killListeners();
      published.push(await publish());
      if (hints)
        await bench.database.pool.query(`select pg_notify('holdpoint_changed', $1)`, [
          JSON.stringify({ topic: 'policies', id: null }),
        ]);
      await new Promise((resolve) => setTimeout(resolve, 150 + 40 * n));
    }
    const last = published.at(-1)?.number;
    await until(async () => (await judgedSince(since)).at(-1)?.policy === last, 'the last is seen');
    const { calls, slowestMs } = await running.stop();
    const judged = await judgedSince(since);
    expect(judged).toHaveLength(calls);
    expectWhole(judged);
    expect(new Set(judged.map(({ who }) => who)).size).toBe(2);
    // A call is judged before it is recorded: where the disk stalls, that is no delay of the policy.
    expect(latestLag(judged, published)).toBeLessThan(IN_FORCE_MS + slowestMs);
  });
});

async function killListeners(): Promise<void> {
  await bench.database.pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'holdpoint-listen'`,
  );
}

import type { ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { FreezeScope } from '@holdpoint/contracts';
import { checkNotFrozen } from '../approvals/frozen-check.ts';
import { ConnectionRegistry } from '../connections/connection-registry.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { adminNamed } from '../testing/admins.ts';
import { toolCall, type Agent } from '../testing/agent.ts';
import { startMcpBench, until, type BenchGateway, type McpBench } from '../testing/mcp-bench.ts';
import { event, json, stream, textResult } from '../testing/scripted-upstream.ts';
import { headersFor, meta } from '../testing/task-talk.ts';
import { FreezeStore } from './freeze-store.ts';
import { lockFreezes } from './freeze.sql.ts';
import { FreezesService } from './freezes.service.ts';

/** What is frozen stops on every replica within this. */
const WITHIN_MS = 1000;
const ADMIN = adminNamed('Morgan');
const REVIEWER: SignedInPerson = { ...ADMIN, name: 'Riley', roles: ['reviewer'] };
const REASON = 'It deletes backups.';

let bench: McpBench;
let second: BenchGateway;
let connectionId: string;
let robot: readonly Agent[];
let other: readonly Agent[];
let robotKey: string;

beforeAll(async () => {
  bench = await startMcpBench({ HOLDPOINT_UPSTREAM_TIMEOUT_MS: '60000' });
  second = await bench.open();
  connectionId = bench.context.get(ConnectionRegistry).bySlug('demo')?.id ?? '';
  robot = await onBoth('robot');
  other = await onBoth('other');
  const { rows } = await bench.database.pool.query<{ caller_key: string }>(
    `select distinct caller_key from session where caller_key like '%robot'`,
  );
  robotKey = rows[0]?.caller_key ?? '';
});
afterAll(() => bench.close());
afterEach(async () => {
  bench.upstream.reset();
  for (const scope of ['connection', 'caller', 'installation'] as const) await lift(scope);
});

async function onBoth(name: string): Promise<readonly Agent[]> {
  const both = [await bench.agent(name), await bench.agent(name, 'demo', second)];
  for (const agent of both) await (await agent.initialize()).text();
  return both;
}

const service = () => bench.context.get(FreezesService);
const keyOf = (scope: FreezeScope) =>
  scope === 'connection' ? connectionId : scope === 'caller' ? robotKey : '';
const freeze = (scope: FreezeScope, person = ADMIN) =>
  service().freeze({ scope, key: keyOf(scope), reason: REASON }, person);

async function lift(scope: FreezeScope): Promise<void> {
  await service().lift({ scope, key: keyOf(scope), reason: 'It was stopped.' }, ADMIN);
  await bench.refresh();
}

/** By what the second replica itself believes: it learns of a freeze by a hint or its poll. */
const knownEverywhere = () =>
  until(async () => {
    const connection = second.context.get(ConnectionRegistry).byId(connectionId);
    return second.context.get(FreezeStore).over(robotKey, connection) !== null;
  }, 'the other replica knows of the freeze');

let calls = 0;
/** Every call is another one, so that none joins the wait of its twin. */
const fresh = (who = 'robot') => `{"n":${(calls += 1)},"who":"${who}"}`;
const call = (agent: Agent, tool: string, args = fresh()) =>
  agent.post(toolCall(calls, tool, args));
const first = ([agent]: readonly Agent[]): Agent => {
  if (agent === undefined) throw new Error('unreachable');
  return agent;
};

/** Allowed calls without a pause; says when each of them reached the upstream, and how long answers took. */
function load(agents: readonly Agent[], who: string) {
  let stopped = false;
  let slowestMs = 0;
  const answers: string[] = [];
  const runs = agents.map(async (agent) => {
    while (!stopped) {
      const startedAt = performance.now();
      answers.push(await (await call(agent, 'read', fresh(who))).last());
      slowestMs = Math.max(slowestMs, performance.now() - startedAt);
    }
  });
  return {
    answers,
    async stop() {
      stopped = true;
      await Promise.all(runs);
      return slowestMs;
    },
  };
}

const stateOf = async (id: string) => {
  const { rows } = await bench.database.pool.query<{ state: string; state_reason: string | null }>(
    'select state, state_reason from approval where id = $1',
    [id],
  );
  return rows[0];
};
const entriesOf = async (kind: string) => {
  const { rows } = await bench.database.pool.query<{ content: string }>(
    'select content from entry where kind = $1 order by id',
    [kind],
  );
  return rows.map(({ content }) => JSON.parse(content));
};

/** Whether others pass, and whether the hint arrives: each way of learning is tried once at least. */
const SCOPES: readonly (readonly [FreezeScope, boolean, boolean])[] = [
  ['caller', true, false],
  ['connection', false, false],
  ['installation', false, true],
];

describe.each(SCOPES)('a freeze of one %s', (scope, othersPass, hints) => {
  // Guarantee: a freeze stops new calls on every replica within a second, and nobody whom it doesn't name.
  it('stops allowed calls on both replicas', async () => {
    const arrived: { readonly at: number; readonly text: string }[] = [];
    bench.upstream.on('tools/call', (asked, response) => {
      arrived.push({ at: Date.now(), text: asked.text });
      json(response, textResult(asked.id, 'done'));
    });
    const [robots, others] = [load(robot, 'robot'), load(other, 'other')];
    await until(async () => arrived.length > 20, 'calls pass');
    if (!hints) await killListeners();
    await freeze(scope);
    const committedAt = Date.now();
    await knownEverywhere();
    const before = arrived.length;
    const denied = await Promise.all(
      robot.map(async (agent) => (await call(agent, 'read')).last()),
    );
    for (const text of denied) {
      expect(text).toContain(REASON);
      expect(text).toContain('"Denied: ');
    }
    await until(async () => robots.answers.at(-1)?.includes(REASON), 'the load is refused');
    const rest = others.answers.length;
    await until(
      async () => others.answers.length > rest + 10,
      'the other caller is answered, one way or the other',
    );
    const slowestMs = Math.max(await robots.stop(), await others.stop());
    const ofOthers = others.answers.slice(rest + 4).filter((text) => text.includes('done'));
    expect(ofOthers.length > 0).toBe(othersPass);
    // A call that was let through before may be on its way still, as long as any takes.
    const stopped = arrived
      .slice(before)
      .filter(({ text }) => !othersPass || text.includes('robot'));
    const late = stopped.map(({ at }) => at - committedAt);
    expect(Math.max(0, ...late)).toBeLessThan(WITHIN_MS + slowestMs);
  });

  // Guarantee: what was under way is broken off, is `unknown`, and its agent and upstream are told.
  it('breaks off what is under way', async () => {
    let hanging: ServerResponse | undefined;
    bench.upstream.on('tools/call', (_asked, response) => void (hanging = response));
    const running = call(robot[1] ?? first(robot), 'read');
    const upstream = await until(async () => hanging, 'the call is under way');
    const closed = new Promise((done) => upstream.once('close', done));
    await freeze(scope);
    const text = await (await running).last();
    expect(text).toContain('outcome_unknown');
    expect(text).toContain(REASON);
    expect(text).toContain('may have run');
    await closed;
    const cancelled = await until(
      async () =>
        bench.upstream.asked.find(({ text: said }) => said.includes('notifications/cancelled')),
      'the upstream is told',
    );
    expect(JSON.parse(cancelled.text).params.requestId).toBe(calls);
    expect(cancelled.text).not.toContain(REASON);
    const [entry] = (await entriesOf('call.cancelled')).slice(-1);
    expect(entry.data).toMatchObject({ by: 'freeze', scope, reason: REASON });
    expect((await entriesOf('call.unknown')).at(-1)).toMatchObject({ call: entry.call });
  });

  it('breaks off a stateless call by leaving, which is how that era cancels', async () => {
    let hanging: ServerResponse | undefined;
    bench.upstream.on('tools/call', (_asked, response) => void (hanging = stream(response)));
    const running = first(robot).post(
      toolCall(1, 'read', fresh(), meta('{}')),
      headersFor('tools/call', 'read'),
    );
    const upstream = await until(async () => hanging, 'the call is under way');
    const closed = new Promise((done) => upstream.once('close', done));
    await freeze(scope);
    expect(await (await running).last()).toContain(REASON);
    await closed;
    expect(bench.upstream.calls('notifications/cancelled')).toEqual([]);
  });

  // Guarantee: a held call, and an approved one, never run after it; lifting brings neither back.
  it('denies what waits, for good, and says why', async () => {
    const waiting = call(robot[1] ?? first(robot), 'write');
    const held = await bench.approval('held');
    const args = fresh();
    const left = await call(first(robot), 'write', args);
    const released = await until(async () => {
      const { id } = await bench.approval('held');
      return id !== held.id && id;
    }, 'another call is held');
    left.leave();
    await until(async () => (await bench.approval('held')).waiter_id === null, 'nobody waits');
    await bench.decide('approve', released);
    await freeze(scope);
    await expect(
      checkNotFrozen(bench.database.pool, {
        callerKey: robotKey,
        connectionId,
        heldAt: new Date(),
      }),
    ).rejects.toMatchObject({ code: 'call_frozen' });
    const told = await (await waiting).last();
    expect(told).toContain('frozen');
    expect(told).toContain(REASON);
    await until(async () => (await stateOf(released))?.state === 'denied', 'the release is taken');
    expect((await stateOf(held.id))?.state_reason).toContain(REASON);
    await lift(scope);
    const again = call(first(robot), 'write', args);
    await until(async () => (await bench.approval('held')).id !== released, 'it is asked anew');
    expect(bench.upstream.calls()).toEqual([]);
    await bench.decide('approve');
    expect(await (await again).last()).toContain('done');
  });

  it('ends what its agents listen to', async () => {
    bench.upstream.on('GET', (_asked, response) => void stream(response));
    const listening = await first(robot).listen();
    await until(async () => bench.upstream.asked.some(({ verb }) => verb === 'GET'), 'it listens');
    await freeze(scope);
    expect(await listening.next()).toBeUndefined();
  });
});

describe('a reply to what an upstream asked', () => {
  const ASKED =
    '{"jsonrpc":"2.0","id":"ask-1","method":"sampling/createMessage","params":{"messages":[],"maxTokens":1}}';
  const REPLY =
    '{"jsonrpc":"2.0","id":"ask-1","result":{"role":"assistant","content":{"type":"text","text":"hi"},"model":"m"}}';

  // Guarantee: once a freeze has committed nothing goes up that did not see it, whatever memory says.
  it('does not go up once a freeze has committed that this gateway has not heard of', async () => {
    let finish: () => void = () => undefined;
    bench.upstream.on('tools/call', (asked, response) => {
      stream(response, event(ASKED));
      finish = () => response.end(event(textResult(asked.id, 'asked')));
    });
    const running = await call(first(robot), 'read');
    expect(await running.nextData()).toBe(ASKED);
    const client = await bench.database.pool.connect();
    try {
      await client.query('begin');
      await lockFreezes(client);
      const replied = first(robot).post(REPLY);
      await until(async () => {
        const { rows } = await bench.database.pool.query(
          `select 1 from pg_locks where locktype = 'advisory' and mode = 'ShareLock' and not granted`,
        );
        return rows.length > 0;
      }, 'the reply waits for who freezes');
      await client.query(
        `insert into call_freeze (id, scope, key, title, reason, by, by_name)
         values (gen_random_uuid(), 'caller', $1, 'robot', $2, 'a', 'A')`,
        [robotKey, REASON],
      );
      await client.query('commit');
      const text = await (await replied).text();
      expect(text).toContain('"frozen"');
      expect(text).toContain(REASON);
      expect(bench.upstream.asked.filter((said) => said.text === REPLY)).toEqual([]);
      expect(await entriesOf('upstream.reply')).toEqual([]);
    } finally {
      client.release(true);
      finish();
    }
  });
});

describe('a freeze that is lifted before anyone looked', () => {
  // Guarantee: what waited through it doesn't run, however short it was.
  it('ends what waited all the same', async () => {
    const left = await call(first(robot), 'write');
    const { id } = await bench.approval('held');
    left.leave();
    await until(async () => (await bench.approval('held')).waiter_id === null, 'nobody waits');
    await bench.decide('approve', id);
    await bench.database.pool.query(
      `insert into call_freeze (id, scope, key, reason, by, by_name, lifted_at, lifted_by, lifted_by_name)
       values (gen_random_uuid(), 'caller', $1, $2, 'a', 'A', now(), 'a', 'A')`,
      [robotKey, REASON],
    );
    await until(async () => (await stateOf(id))?.state === 'denied', 'it is denied');
    expect((await stateOf(id))?.state_reason).toBe(`The caller was frozen: ${REASON}`);
  });
});

describe('who may freeze', () => {
  it('is a reviewer for a caller and a connection, and an admin for everything', async () => {
    await expect(freeze('installation', REVIEWER)).rejects.toMatchObject({ code: 'forbidden' });
    await freeze('connection', REVIEWER);
    const { items } = await freeze('caller', REVIEWER);
    expect(items.map(({ scope, by, reason }) => ({ scope, by, reason }))).toEqual([
      { scope: 'connection', by: 'Riley', reason: REASON },
      { scope: 'caller', by: 'Riley', reason: REASON },
    ]);
  });

  it('changes nothing where it is frozen already, and leaves one entry for each change', async () => {
    const before = (await entriesOf('caller.frozen')).length;
    await Promise.all([freeze('caller'), freeze('caller'), freeze('caller')]);
    expect((await entriesOf('caller.frozen')).length).toBe(before + 1);
    await lift('caller');
    await lift('caller');
    const [last] = (await entriesOf('caller.unfrozen')).slice(-1);
    expect(last).toMatchObject({ target: robotKey, data: { reason: 'It was stopped.' } });
    const { lifted } = await service().list();
    expect(lifted[0]).toMatchObject({ key: robotKey, liftedBy: 'Morgan', reason: REASON });
  });

  it('freezes no caller that never called: a mistyped key would stop nobody', async () => {
    const input = {
      scope: 'caller',
      key: 'http://issuer.example.com|typo',
      reason: REASON,
    } as const;
    await expect(service().freeze(input, ADMIN)).rejects.toMatchObject({ code: 'invalid_input' });
  });
});

async function killListeners(): Promise<void> {
  await bench.database.pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'holdpoint-listen'`,
  );
}

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ConnectionTestService } from '../connections/connection-test.service.ts';
import { toolCall } from '../testing/agent.ts';
import { startMcpBench, until, type BenchGateway, type McpBench } from '../testing/mcp-bench.ts';
import { event, stream, textResult } from '../testing/scripted-upstream.ts';
import {
  dial,
  enrolTestConnector,
  type TestConnector,
  type TestConnectorOptions,
  type TestIdentity,
} from '../testing/test-connector.ts';
import { ConnectorLinks } from './connector-links.ts';

/**
 * Through a connector a call is what it is without one: judged, held, forwarded once, masked, recorded.
 * It fails only where it is certain that nothing left, and is unknown otherwise.
 */
const SITE = 'plant';
const WAIT_MS = 60_000;
let bench: McpBench;
let identity: TestIdentity;
let second: TestIdentity;
const open: TestConnector[] = [];

beforeAll(async () => {
  bench = await startMcpBench({ HOLDPOINT_UPSTREAM_TIMEOUT_MS: '20000' });
  identity = await enrolTestConnector(bench.context, SITE);
  second = await enrolTestConnector(bench.context, SITE);
  await bench.connect({ slug: 'near', url: `connector://${SITE}/scripted` });
});
beforeEach(() => bench.upstream.reset());
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});
afterAll(() => bench.close());

async function connect(
  who: TestIdentity = identity,
  on: BenchGateway = bench,
  changes: Partial<TestConnectorOptions> = {},
): Promise<TestConnector> {
  const servers = { scripted: bench.upstream.url };
  const connector = await dial(on, who, { servers, ...changes });
  open.push(connector);
  return connector;
}

async function agentOf(slug = 'near', on: BenchGateway = bench) {
  return bench.agent('robot', slug, on);
}

/** How the calls ended, newest last, as the audit log has it. */
async function ends(): Promise<readonly string[]> {
  const { rows } = await bench.database.pool.query<{ kind: string }>(
    `select kind from entry where kind in ('call.answered', 'call.failed', 'call.unknown')
       and target = 'read' order by id`,
  );
  return rows.map(({ kind }) => kind);
}

const rejecting = (code: 'busy' | 'server_failed', sent: boolean) =>
  ({
    onOpen: (_head, exchange) => {
      queueMicrotask(() => exchange.reset({ code, sent, message: 'not now' }));
      return { onData: () => undefined, onEnd: () => undefined, onReset: () => undefined };
    },
  }) satisfies Partial<TestConnectorOptions>;

describe('a call through a connector', () => {
  it('reaches the server as it was said, with no credential and no header of the agent', async () => {
    const connector = await connect();
    const agent = await agentOf();
    await agent.initialize();
    const answer = await agent.post(toolCall(1, 'read', '{"n":1.50}'), { 'x-own': 'mine' });
    expect(await answer.last()).toContain('done');
    const [call] = bench.upstream.calls();
    expect(call?.text).toBe(toolCall(1, 'read', '{"n":1.50}'));
    expect(call?.headers).not.toHaveProperty('authorization');
    expect(call?.headers).not.toHaveProperty('x-own');
    // The server's own id, without what the gateway keeps beside it.
    expect(call?.headers['mcp-session-id']).toMatch(/^upstream-session-\d+$/);
    expect(connector.opened.every(({ server }) => server === 'scripted')).toBe(true);
  });

  it('is held until a person approves it, and then runs once', async () => {
    await connect();
    const agent = await agentOf();
    await agent.initialize();
    const posted = agent.post(toolCall(2, 'write'));
    await bench.approval('held');
    expect(bench.upstream.calls()).toHaveLength(0);
    await bench.decide('approve');
    expect(await (await posted).last()).toContain('done');
    expect(bench.upstream.calls()).toHaveLength(1);
  });

  it('streams, is masked, and carries more than a window each way', async () => {
    await connect();
    const long = 'x'.repeat(700_000);
    bench.upstream.on('tools/call', async ({ id, text }, response) => {
      expect(text).toHaveLength(toolCall(3, 'read', JSON.stringify({ long })).length);
      const progress = event(
        '{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"half"}}',
      );
      stream(response, progress);
      await new Promise((resolve) => setTimeout(resolve, 20));
      response.end(event(textResult(id, `${long} ann@example.com`)));
    });
    const agent = await agentOf();
    await agent.initialize();
    const answer = await agent.post(toolCall(3, 'read', JSON.stringify({ long })));
    expect(await answer.nextData()).toContain('half');
    const last = await answer.last();
    expect(last.length).toBeGreaterThan(700_000);
    expect(last).not.toContain('ann@example.com');
  });

  it('brings messages of the server that belong to no call', async () => {
    await connect();
    bench.upstream.on('GET', (_asked, response) => {
      stream(response, event('{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}'));
    });
    const agent = await agentOf();
    await agent.initialize();
    const listening = await agent.listen();
    expect(await listening.nextData()).toContain('list_changed');
    listening.leave();
  });

  it('reaches the server’s end when it is cancelled', async () => {
    await connect();
    const closed = Promise.withResolvers<void>();
    bench.upstream.on('tools/call', (_asked, response) => {
      stream(response);
      response.once('close', () => closed.resolve());
    });
    const agent = await agentOf();
    await agent.initialize();
    const answer = agent.post(toolCall(4, 'read'));
    await until(async () => bench.upstream.calls().length === 1, 'it is forwarded', WAIT_MS);
    await bench.database.pool.query(
      `update connection set frozen_at = now(), frozen_by = 'spec', frozen_reason = 'stop',
         freeze_epoch = freeze_epoch + 1, updated_at = now() where slug = 'near'`,
    );
    await closed.promise;
    await bench.database.pool.query(
      `update connection set frozen_at = null, frozen_by = null, frozen_reason = null,
         freeze_epoch = freeze_epoch + 1, updated_at = now() where slug = 'near'`,
    );
    await bench.refresh();
    await (await answer).last();
  });
});

describe('a connector that is lost', () => {
  it('leaves a call that was forwarded unknown, and nothing is sent again', async () => {
    const connector = await connect();
    bench.upstream.on('tools/call', () => undefined);
    const agent = await agentOf();
    await agent.initialize();
    const posted = agent.post(toolCall(5, 'read'));
    await until(async () => bench.upstream.calls().length === 1, 'it is forwarded', WAIT_MS);
    connector.cut();
    expect(await (await posted).last()).toContain('may have run');
    expect((await ends()).at(-1)).toBe('call.unknown');
    expect(bench.upstream.calls()).toHaveLength(1);
  });

  it('fails a call that it did not take, and another connector gets it', async () => {
    await connect(identity, bench, rejecting('busy', false));
    await connect(second, bench);
    const agent = await agentOf();
    for (let id = 10; id < 14; id += 1)
      expect(await (await agent.post(toolCall(id, 'read'))).last()).toContain('done');
    expect(bench.upstream.calls()).toHaveLength(4);
  });

  it('says so where no other is there, and that nothing ran', async () => {
    await connect(identity, bench, rejecting('busy', false));
    const answer = await (await (await agentOf()).post(toolCall(20, 'read'))).last();
    expect(answer).toContain('has not run');
    expect((await ends()).at(-1)).toBe('call.failed');
  });

  it('makes a call unknown that it says it sent', async () => {
    await connect(identity, bench, rejecting('server_failed', true));
    await connect(second, bench, rejecting('server_failed', true));
    const answer = await (await (await agentOf()).post(toolCall(21, 'read'))).last();
    expect(answer).toContain('may have run');
    expect((await ends()).at(-1)).toBe('call.unknown');
  });

  it('makes a call unknown that it began to answer, whatever it says afterwards', async () => {
    await connect(identity, bench, {
      onOpen: ({ method }, exchange) => {
        queueMicrotask(() => {
          if (method === 'POST')
            exchange.respond({ status: 200, headers: { 'content-type': 'application/json' } });
          exchange.reset({ code: 'busy', sent: false, message: 'it never ran' });
        });
        return { onData: () => undefined, onEnd: () => undefined, onReset: () => undefined };
      },
    });
    const before = (await ends()).length;
    const answer = await (await agentOf()).post(toolCall(8, 'read'));
    expect(await answer.last()).toContain('may have run');
    expect((await ends()).slice(before)).toEqual(['call.unknown']);
  });

  it('is told from one without the server', async () => {
    await connect();
    const test = await bench.context
      .get(ConnectionTestService)
      .test({ url: `connector://${SITE}/unlisted`, allowPrivate: false });
    expect(test).toMatchObject({ ok: false, failure: 'connect' });
    expect(test.ok ? '' : test.message).toContain('has a server unlisted');
  });

  it('is waited for where it was there a moment ago', async () => {
    const before = await connect();
    const agent = await agentOf();
    expect(await (await agent.post(toolCall(30, 'read'))).last()).toContain('done');
    await before.close();
    // Until the gateway has heard of it, what goes that way may have run.
    const links = bench.context.get(ConnectorLinks);
    await until(async () => links.all().length === 0, 'the gateway knows that it went', WAIT_MS);
    const posted = agent.post(toolCall(31, 'read'));
    await new Promise((resolve) => setTimeout(resolve, 100));
    await connect();
    expect(await (await posted).last()).toContain('done');
  });
});

describe('several connectors of a site', () => {
  it('share calls by their load, and keep a session where it began', async () => {
    const both = [await connect(identity), await connect(second)];
    const agent = await agentOf();
    await agent.initialize();
    for (let id = 40; id < 46; id += 1) await (await agent.post(toolCall(id, 'read'))).last();
    const calls = both.map(({ opened }) => opened.filter(hasSession).length);
    expect(calls.filter((count) => count > 0)).toHaveLength(1);

    bench.upstream.on('tools/call', () => undefined);
    const others = await Promise.all([agentOf(), agentOf()]);
    const waiting = others.map((each, index) => each.post(toolCall(50 + index, 'read')));
    const unbound = () =>
      both.map(({ opened }) => opened.filter((head) => !hasSession(head)).length);
    const before = unbound();
    await until(
      async () =>
        unbound().every((count, index) => count >= (before[index] ?? 0)) &&
        bench.upstream.calls().length >= 8,
      'both calls are under way',
      WAIT_MS,
    );
    for (const { tunnel } of both) expect(tunnel.openStreams).toBeGreaterThan(0);
    for (const each of both) each.cut();
    await Promise.allSettled(waiting);
  });

  // An HTTP server has its sessions itself: they outlive the connector that leads to it.
  it('take over the sessions of HTTP servers, also with a call that waits for people', async () => {
    const first = await connect(identity);
    const agent = await agentOf();
    await agent.initialize();
    const held = agent.post(toolCall(55, 'write', '{"waits":"long"}'));
    await bench.approval('held');
    await first.close();
    await connect(second);
    await bench.decide('approve');
    expect(await (await held).last()).toContain('done');
    expect(await (await agent.post(toolCall(56, 'read'))).last()).toContain('done');
    for (const { headers } of bench.upstream.calls())
      expect(headers['mcp-session-id']).toMatch(/^upstream-session-/);
  });

  it('tell a session whose process is gone to begin anew', async () => {
    const first = await connect(identity, bench, { kind: 'stdio' });
    const agent = await agentOf();
    await agent.initialize();
    await (await agent.post(toolCall(60, 'read'))).last();
    await first.close();
    await connect(second, bench, { kind: 'stdio' });
    const answer = await agent.post(toolCall(61, 'read'));
    expect(answer.status).toBe(404);
    await answer.last();
  });

  it('are changed over without a failed call', async () => {
    const old = await connect(identity);
    const agent = await agentOf();
    const release = Promise.withResolvers<void>();
    bench.upstream.on('tools/call', async ({ id }, response) => {
      if (id === '70') await release.promise;
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(textResult(id, `answer ${id}`));
    });
    const slow = agent.post(toolCall(70, 'read'));
    await until(async () => bench.upstream.calls().length === 1, 'it is under way', WAIT_MS);
    old.tunnel.goAway('upgrading');
    const fresh = await connect(identity, bench, { instance: 'upgraded' });
    expect(await (await agent.post(toolCall(71, 'read'))).last()).toContain('answer 71');
    expect(fresh.opened.length).toBeGreaterThan(0);
    release.resolve();
    expect(await (await slow).last()).toContain('answer 70');
  });
});

const hasSession = ({ headers }: { readonly headers: Readonly<Record<string, string>> }) =>
  headers['mcp-session-id'] !== undefined;

describe('two gateways', () => {
  it('reach a connector that is linked to the other one, and pass on what may have left', async () => {
    const far = await bench.open();
    try {
      const connector = await connect(identity, far);
      const agent = await agentOf();
      await agent.initialize();
      const held = agent.post(toolCall(80, 'write', '{"from":"here"}'));
      await bench.decide('approve');
      expect(await (await held).last()).toContain('done');
      expect(bench.upstream.calls()).toHaveLength(1);
      expect(bench.upstream.calls()[0]?.headers['mcp-session-id']).toMatch(/^upstream-session-/);

      bench.upstream.on('tools/call', () => undefined);
      const lost = agent.post(toolCall(81, 'read'));
      await until(async () => bench.upstream.calls().length === 2, 'it is forwarded', WAIT_MS);
      connector.cut();
      expect(await (await lost).last()).toContain('may have run');
      expect(bench.upstream.calls()).toHaveLength(2);
    } finally {
      await far.close();
    }
  });

  it('refuse each other what no gateway signed, and what was asked before', async () => {
    const url = `${bench.origin}/connector/relay`;
    const without = await fetch(url, { method: 'POST', body: '{}' });
    expect(without.status).toBe(403);
    const { RelayPasses } = await import('./relay-pass.ts');
    const passes = bench.context.get(RelayPasses);
    const link = crypto.randomUUID();
    const head = { server: 'scripted', method: 'POST', headers: {} } as const;
    const ask = (pass: string, body: string) =>
      fetch(url, { method: 'POST', body, headers: { 'x-holdpoint-relay-pass': pass } });
    const body = Buffer.from('{}');
    const { pass: good, nonce } = passes.issue({ link, head }, body);
    // A pass of the installation, for a link that isn't there: nothing left.
    const first = await ask(good, '{}');
    const word = first.headers.get('x-holdpoint-relay-unsent');
    expect([first.status, word]).toEqual([503, passes.unsentWord(nonce)]);
    expect((await ask(good, '{}')).status).toBe(403);
    expect((await ask(passes.issue({ link, head }, body).pass, '{"other":1}')).status).toBe(403);
    expect((await ask(`${passes.issue({ link, head }, body).pass}x`, '{}')).status).toBe(403);
  });

  it('hand connectors over when one of them stops, and finish what is under way', async () => {
    const far = await bench.open();
    const leaving = await connect(identity, far);
    const agent = await agentOf();
    const release = Promise.withResolvers<void>();
    bench.upstream.on('tools/call', async ({ id }, response) => {
      if (id === '90') await release.promise;
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(textResult(id, `answer ${id}`));
    });
    const slow = agent.post(toolCall(90, 'read'));
    await until(async () => bench.upstream.calls().length === 1, 'it is under way', WAIT_MS);
    const closing = far.close();
    await leaving.goneAway;
    await connect(identity, bench, { instance: 'only' });
    expect(await (await agent.post(toolCall(91, 'read'))).last()).toContain('answer 91');
    release.resolve();
    expect(await (await slow).last()).toContain('answer 90');
    await closing;
  });
});

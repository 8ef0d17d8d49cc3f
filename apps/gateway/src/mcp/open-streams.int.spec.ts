import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { CredentialVault } from '../connections/credential-vault.ts';
import { Agent, toolCall } from '../testing/agent.ts';
import { startMcpBench, until, type McpBench } from '../testing/mcp-bench.ts';
import { event, stream, textResult } from '../testing/scripted-upstream.ts';
import { startSseServer, type SseServer } from '../testing/sse-server.ts';

let bench: McpBench;
let older: SseServer;

beforeAll(async () => {
  bench = await startMcpBench();
  older = await startSseServer();
});
afterAll(async () => {
  await bench.close();
  await older.close();
});
afterEach(() => {
  bench.upstream.reset();
  older.reset();
});

const INITIALIZE =
  '{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2024-11-05","capabilities":{},"clientInfo":{"name":"raw","version":"1"}}}';
const SAMPLING =
  '{"jsonrpc":"2.0","id":"s","method":"sampling/createMessage","params":{"messages":[],"maxTokens":1}}';
const logged = (text: string) =>
  `{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"${text}"}}`;

/** What an admin does to a connection, as far as open streams can tell. */
const CHANGES: readonly (readonly [description: string, sql: string])[] = [
  ['was frozen', "frozen_at = now(), frozen_by = 'a', frozen_reason = 'breach'"],
  ['was moved', "url = 'http://127.0.0.1:9/mcp'"],
  ['takes the caller no more', "caller_groups = '{nobody}'"],
];

async function change(id: string, sql: string, values: readonly unknown[] = []): Promise<void> {
  await bench.database.pool.query(
    `update connection set ${sql}, freeze_epoch = freeze_epoch + 1, version = version + 1, updated_at = now()
     where id = $1`,
    [id, ...values],
  );
  await bench.refresh();
}

/** What comes within a while: the next message, the stream's end, or nothing. */
async function heardOn(answer: Awaited<ReturnType<Agent['listen']>>): Promise<string> {
  const nothing = new Promise<string>((done) => setTimeout(() => done('nothing'), 1000));
  return Promise.race([answer.nextData().catch(() => 'the end'), nothing]);
}

let count = 0;
const slug = () => `open-${(count += 1)}`;

describe('a stream that is open while its connection', () => {
  it.each(CHANGES)('%s tells its agent nothing more', async (_what, sql) => {
    let up: ReturnType<typeof stream> | undefined;
    bench.upstream.on('GET', (_asked, response) => void (up = stream(response)));
    const at = await bench.connect({ slug: slug() });
    const agent = await bench.agent('robot', at.slug);
    await agent.initialize();
    const listening = await agent.listen();
    await until(async () => up !== undefined, 'the upstream is listened to');
    await change(at.id, sql);
    up?.write(event(logged('too late')));
    up?.write(event(SAMPLING));
    expect(await heardOn(listening)).toBe('the end');
  });

  it.each(CHANGES)('%s is left by an HTTP+SSE client’s gateway too', async (_what, sql) => {
    let asked = 0;
    bench.upstream.on('GET', (_asked, response) => {
      asked += 1;
      stream(response).end();
    });
    const at = await bench.connect({ slug: slug() });
    const { url, token } = await bench.agent('robot', at.slug);
    const answer = await new Agent(`${url}/sse`, token).listen();
    const messages = new Agent(new URL(await answer.nextData(), url).href, token);
    await messages.post(INITIALIZE);
    await answer.nextData();
    await messages.post('{"jsonrpc":"2.0","method":"notifications/initialized"}');
    await until(async () => asked > 0, 'the upstream is listened to');
    await change(at.id, sql);
    expect(await heardOn(answer)).toBe('the end');
    const before = asked;
    await new Promise((done) => setTimeout(done, 1500));
    expect(asked).toBe(before);
  });

  it.each(CHANGES)('%s is closed towards an HTTP+SSE upstream', async (_what, sql) => {
    const at = await bench.connect({ slug: slug(), url: older.url, transport: 'sse' });
    const agent = await bench.agent('robot', at.slug);
    const before = older.streams.length;
    await (await agent.initialize()).last();
    const opened = older.streams.slice(before);
    expect(opened.length).toBeGreaterThan(0);
    const listening = await agent.listen();
    await change(at.id, sql);
    await until(async () => opened.every(({ destroyed }) => destroyed), 'the stream is closed');
    expect(await heardOn(listening)).toBe('the end');
  });
});

describe('a frozen connection', () => {
  it('is neither listened to nor told what its upstream asked before', async () => {
    let up: ReturnType<typeof stream> | undefined;
    bench.upstream.on('GET', (_asked, response) => void (up = stream(response)));
    const at = await bench.connect({ slug: slug() });
    const agent = await bench.agent('robot', at.slug);
    await agent.initialize();
    const listening = await agent.listen();
    await until(async () => up !== undefined, 'the upstream is listened to');
    up?.write(event(SAMPLING));
    expect(await listening.nextData()).toContain('sampling/createMessage');
    await change(at.id, CHANGES[0]?.[1] ?? '');

    const reply =
      '{"jsonrpc":"2.0","id":"s","result":{"model":"m","role":"assistant","content":{"type":"text","text":"a secret"}}}';
    expect(await (await agent.post(reply)).text()).toContain('frozen');
    expect(bench.upstream.asked.filter(({ text }) => text.includes('a secret'))).toEqual([]);
    expect(await (await agent.listen()).text()).toContain('frozen');
  });
});

describe('a credential that is renewed while a stream is open', () => {
  it('never reaches the agent, though an upstream echoes it on the older stream', async () => {
    const at = await bench.connect({ slug: slug(), url: older.url, transport: 'sse' });
    const agent = await bench.agent('robot', at.slug);
    await (await agent.initialize()).last();
    // This call’s stream stays: it is under way when the credential changes.
    let finish: (() => void) | undefined;
    older.on('tools/call', ({ id }, say) => {
      finish = () => say(textResult(id, 'you send Bearer renewed-credential-1'));
    });
    const running = await agent.post(toolCall(1, 'read'));
    await until(async () => finish !== undefined, 'the call is under way');
    const sealed = bench.context
      .get(CredentialVault)
      .sealCredential(at.id, { kind: 'bearer', token: 'renewed-credential-1' });
    await change(at.id, 'credential_sealed = $2', [sealed]);
    finish?.();
    const text = await running.last();
    expect(text).toContain('you send Bearer [credential removed]');
    const later = await agent.post(toolCall(2, 'read'));
    expect(await later.last()).toContain('Initialize again');
  });
});

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { toolCall, type Agent } from '../testing/agent.ts';
import { startMcpBench, until, type McpBench } from '../testing/mcp-bench.ts';
import { json, resultOf, type Asked } from '../testing/scripted-upstream.ts';

let bench: McpBench;
let agent: Agent;

beforeAll(async () => {
  bench = await startMcpBench();
  await bench.connect({ slug: 'hasty', holdDeadlineS: 1 });
  agent = await bench.agent('robot', 'hasty');
}, 120_000);
afterAll(() => bench.close(), 60_000);
afterEach(() => bench.upstream.reset());

const META = (capabilities = '{}') =>
  `{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"spec","version":"1"},"io.modelcontextprotocol/clientCapabilities":${capabilities}}`;
const headers = (tool: string, method = 'tools/call') => ({
  'mcp-protocol-version': '2026-07-28',
  'mcp-method': method,
  'mcp-name': tool,
});

let count = 0;
/** Arguments like no others. */
const unique = () => `{"n":${(count += 1)}.0}`;

/** A modern call; `added` are further params, as JSON text. */
async function call(
  id: number,
  args: string,
  { tool = 'write', added = '', as = agent }: { tool?: string; added?: string; as?: Agent } = {},
) {
  const frame = toolCall(id, tool, args, META());
  return as.post(added === '' ? frame : withParams(frame, added), headers(tool));
}

/** Further params, at the end: the spec's own text edit, not the gateway's. */
const withParams = (frame: string, added: string) => `${frame.slice(0, -2)},${added}}}`;

const state = (value: unknown) => `"requestState":${JSON.stringify(value)}`;
const resultIn = (text: string) => JSON.parse(text).result;

/** A result of the modern era. */
const complete = (asked: Asked, text: string) =>
  resultOf(asked.id, JSON.stringify({ resultType: 'complete', content: [{ type: 'text', text }] }));

async function entries(kind: string, approvalId?: string) {
  const { rows } = await bench.database.pool.query<{
    call_id: string | null;
    approval_id: string | null;
    content: string;
    effect: string | null;
  }>(
    `select call_id, approval_id, content, effect from entry where kind = $1 and ($2::uuid is null or approval_id = $2) order by id`,
    [kind, approvalId ?? null],
  );
  return rows;
}

async function approvalOf(id: string) {
  const { rows } = await bench.database.pool.query<{
    state: string;
    call_id: string;
    waiter_id: string | null;
  }>('select state, call_id, waiter_id from approval where id = $1', [id]);
  return rows[0];
}

describe('a held call of a modern client', () => {
  // Guarantee (rung 2): nobody's timeout ends a wait: the client comes back by itself, and what was approved runs once.
  it('waits in legs, and the stock client sees one call', async () => {
    bench.upstream.on('server/discover', (asked, response) =>
      json(
        response,
        resultOf(
          asked.id,
          '{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{"tools":{}},"serverInfo":{"name":"scripted","version":"1"},"ttlMs":0,"cacheScope":"private"}',
        ),
      ),
    );
    bench.upstream.on('tools/call', (asked, response) => json(response, complete(asked, 'done')));
    const { url, token } = await bench.agent('stock', 'hasty');
    const client = new Client(
      { name: 'stock', version: '1' },
      { versionNegotiation: { mode: 'auto' } },
    );
    const requestInit = { headers: { authorization: `Bearer ${token}` } };
    await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }));
    const answering = client.callTool({ name: 'write', arguments: { stock: 1 } });
    const { id } = await bench.approval('held');
    await until(
      async () => (await entries('call.continued', id)).length === 2,
      'the third leg runs',
    );
    await bench.decide('approve', id);
    expect(await answering).toMatchObject({ content: [{ text: 'done' }] });
    const [ran] = bench.upstream.calls();
    expect(bench.upstream.calls()).toHaveLength(1);
    expect(ran?.text).not.toContain('requestState');
    const approval = await until(async () => {
      const found = await approvalOf(id);
      return found?.state === 'delivered' && found;
    }, 'it is delivered');
    // Every leg belongs to the call that began it.
    const legs = await entries('call.continued', id);
    expect(new Set(legs.map((leg) => leg.call_id))).toEqual(new Set([approval.call_id]));
    expect(await entries('approval.detached', id)).toEqual([]);
    await client.close();
  });

  it('gets a state and nothing else, and the bytes that go up are those of the first request', async () => {
    bench.upstream.on('tools/call', (asked, response) => json(response, complete(asked, 'done')));
    const args = unique();
    const first = resultIn(await (await call(1, args)).last());
    expect(first).toEqual({ resultType: 'input_required', requestState: expect.any(String) });
    const { id } = await bench.approval('held');
    await bench.decide('approve', id);
    // Guarantee (invariant 2): nothing executes between two legs, when nobody waits.
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(bench.upstream.calls()).toEqual([]);
    const second = await call(2, args, { added: state(first.requestState) });
    expect(resultIn(await second.last())).toMatchObject({ content: [{ text: 'done' }] });
    expect(bench.upstream.calls().map(({ text }) => text)).toEqual([
      toolCall(2, 'write', args, META()),
    ]);
  });

  it('is told to call again after its eighth round, and the same call collects', async () => {
    const args = unique();
    let answer = resultIn(await (await call(1, args)).last());
    const { id } = await bench.approval('held');
    // Rounds are told from the state alone: the ninth leg is reached by eight of them.
    for (let round = 2; round <= 9; round += 1) {
      expect(answer.resultType).toBe('input_required');
      const leg = await call(round, args, { added: state(answer.requestState) });
      answer = resultIn(await leg.last());
    }
    expect(answer).toMatchObject({
      isError: true,
      _meta: { 'holdpoint/refusal': { code: 'pending', approval: { id } } },
    });
    expect((await approvalOf(id))?.waiter_id).toBeNull();
    await bench.decide('approve', id);
    bench.upstream.on('tools/call', (asked, response) => json(response, complete(asked, 'late')));
    expect(resultIn(await (await call(20, args)).last())).toMatchObject({
      content: [{ text: 'late' }],
    });
  }, 20_000);

  it('is told of a denial in the next leg', async () => {
    const args = unique();
    const { requestState } = resultIn(await (await call(1, args)).last());
    await bench.decide('deny');
    const told = await (await call(2, args, { added: state(requestState) })).last();
    expect(told).toContain('Not today.');
    expect(bench.upstream.calls()).toEqual([]);
  });

  // Guarantee (invariant 8): a leg's state is all there is to know; another replica goes on with it.
  it('goes on at another gateway', async () => {
    const args = unique();
    const { requestState } = resultIn(await (await call(1, args)).last());
    const second = await bench.open();
    const there = await bench.agent('robot', 'hasty', second);
    const { id } = await bench.approval('held');
    bench.upstream.on('tools/call', (asked, response) => json(response, complete(asked, 'there')));
    const answering = call(2, args, { added: state(requestState), as: there });
    await until(async () => (await entries('call.continued', id)).length === 1, 'it goes on there');
    await bench.decide('approve', id);
    expect(resultIn(await (await answering).last())).toMatchObject({
      content: [{ text: 'there' }],
    });
    await second.close();
  });

  it('holds methods without rounds until the deadline, then says to call again', async () => {
    const frame = `{"jsonrpc":"2.0","id":1,"method":"completion/complete","params":{"ref":{"type":"ref/prompt","name":"p"},"argument":{"name":"a","value":"b"},"_meta":${META()}}}`;
    const answer = await agent.post(frame, {
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'completion/complete',
    });
    expect(JSON.parse(await answer.last())).toMatchObject({ error: { data: { code: 'pending' } } });
    await bench.decide('deny');
  });
});

describe('a requestState', () => {
  // Guarantee (invariant 10): it is the caller's that got it, for the call it was given for, and its text is the gateway's.
  it('resolves for nobody else, for no other call, and not when it was changed', async () => {
    const args = unique();
    const { requestState } = resultIn(await (await call(1, args)).last());
    const { id } = await bench.approval('held');
    const intruder = await bench.agent('intruder', 'hasty');
    const elsewhere = await bench.agent('robot', 'demo');
    const [body = '', mac = ''] = String(requestState).split('.');
    const longer = Buffer.from(
      Buffer.from(body, 'base64url')
        .toString()
        .replace(/"round":1/, '"round":0'),
    ).toString('base64url');
    const attempts: readonly [string, Promise<{ status: number; last(): Promise<string> }>][] = [
      ['another caller', call(2, args, { added: state(requestState), as: intruder })],
      ['another connection', call(2, args, { added: state(requestState), as: elsewhere })],
      ['another tool', call(2, args, { tool: 'read', added: state(requestState) })],
      ['other arguments', call(2, unique(), { added: state(requestState) })],
      ['a changed body', call(2, args, { added: state(`${longer}.${mac}`) })],
      ['a changed signature', call(2, args, { added: state(`${requestState}A`) })],
      ['something else', call(2, args, { added: state('x') })],
      ['no text', call(2, args, { added: state(7) })],
    ];
    for (const [what, attempt] of attempts) {
      const answer = await attempt;
      expect([what, answer.status, JSON.parse(await answer.last()).error]).toMatchObject([
        what,
        400,
        { code: -32602, data: { code: 'bad_request_state' } },
      ]);
    }
    expect(bench.upstream.calls()).toEqual([]);
    expect((await approvalOf(id))?.state).toBe('held');
    await bench.decide('deny', id);
  });

  it('is taken once while another exchange waits with it', async () => {
    const args = unique();
    const { requestState } = resultIn(await (await call(1, args)).last());
    const { id } = await bench.approval('held');
    const waiting = call(2, args, { added: state(requestState) });
    await until(async () => (await entries('call.continued', id)).length === 1, 'it goes on');
    const twin = await call(3, args, { added: state(requestState) });
    expect(JSON.parse(await twin.last()).error.message).toContain('used before');
    await bench.decide('deny', id);
    await (await waiting).last();
  });
});

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Conversation } from '../approvals/conversation.ts';
import { toolCall, type Agent } from '../testing/agent.ts';
import { startMcpBench, until, type McpBench } from '../testing/mcp-bench.ts';
import { json, resultOf, startScriptedUpstream, type Asked } from '../testing/scripted-upstream.ts';

let bench: McpBench;
let agent: Agent;

beforeAll(async () => {
  bench = await startMcpBench();
  await bench.connect({ slug: 'hasty', holdDeadlineS: 1 });
  agent = await bench.agent('robot', 'hasty');
});
afterAll(() => bench.close());
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

const discovered = (asked: Asked) =>
  resultOf(
    asked.id,
    '{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{"tools":{}},"serverInfo":{"name":"scripted","version":"1"},"ttlMs":0,"cacheScope":"private"}',
  );

/** The official client, which finds out by itself that it may speak the modern revision. */
async function stock(name: string, capabilities = {}): Promise<Client> {
  const { url, token } = await bench.agent(name, 'hasty');
  const client = new Client(
    { name, version: '1' },
    { capabilities, versionNegotiation: { mode: 'auto' } },
  );
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }));
  return client;
}

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
    bench.upstream.on('server/discover', (asked, response) => json(response, discovered(asked)));
    bench.upstream.on('tools/call', (asked, response) => json(response, complete(asked, 'done')));
    const client = await stock('stock');
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
  });

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

/** Answers every call with what it still needs, until the retry brings it. */
const ASKS = `"inputRequests":{"who":{"method":"elicitation/create","params":{"message":"Who?","requestedSchema":{"type":"object","properties":{"name":{"type":"string"}}}}}}`;
const ALLOWED_TO_ASK = `
rules:
  - { id: reads, match: { tools: [read] }, effect: allow }
  - { id: writes, match: { tools: [write] }, effect: hold, description: A person looks at every write }
  - { id: asking, match: { methods: [elicitation/create] }, effect: allow }
  - { id: people, match: { connections: ["*"] }, mask: [{ detect: [email], as: redact }] }
`;
const RESPONSES = '"inputResponses":{"who":{"action":"accept","content":{"name":"Ada"}}}';
const asksFirst = (upstreamState?: string) =>
  bench.upstream.on('tools/call', (asked, response) =>
    json(
      response,
      asked.text.includes('inputResponses')
        ? complete(asked, 'finished')
        : resultOf(
            asked.id,
            `{"resultType":"input_required"${upstreamState === undefined ? '' : `,"requestState":${JSON.stringify(upstreamState)}`},${ASKS}}`,
          ),
    ),
  );

describe('a call whose upstream asks for input', () => {
  beforeAll(() => bench.publish(ALLOWED_TO_ASK));

  const asked = async (args: string, tool = 'write', id = 1) => {
    const asking = call(id, args, { tool });
    const approval = tool === 'write' ? await bench.decide('approve') : '';
    return { approval, result: resultIn(await (await asking).last()) };
  };
  const goOn = (id: number, args: string, requestState: unknown, tool = 'write') =>
    call(id, args, { tool, added: `${RESPONSES},${state(requestState)}` });

  // Guarantee (Continuations): the retry is covered by the release, is part of the call, and carries up what the upstream gave.
  it.each([
    ['with a state of its own', 'up"stream \u{1f600}'],
    ['without one', undefined],
  ])('goes on under its release %s', async (_how, upstreamState) => {
    asksFirst(upstreamState);
    const args = unique();
    const { approval, result } = await asked(args);
    expect(result).toMatchObject({ resultType: 'input_required', inputRequests: { who: {} } });
    expect(result.requestState).not.toBe(upstreamState);
    const last = await goOn(2, args, result.requestState);
    expect(resultIn(await last.last())).toMatchObject({ content: [{ text: 'finished' }] });
    const [, second] = bench.upstream.calls();
    const params = JSON.parse(second?.text ?? '').params;
    expect(params.requestState).toBe(upstreamState);
    expect(params.inputResponses).toEqual({ who: { action: 'accept', content: { name: 'Ada' } } });
    expect(second?.text).toContain(args);
    const record = await until(async () => {
      const found = await approvalOf(approval);
      return found?.state === 'delivered' && found;
    }, 'it is delivered');
    const rounds = await entries('call.continued', approval);
    expect(rounds).toMatchObject([{ call_id: record.call_id, effect: 'hold' }]);
    expect(await entries('call.answered', approval)).toHaveLength(2);
    expect(await bench.context.get(Conversation).of(approval, true)).toMatchObject([
      {
        from: 'connection',
        methods: ['elicitation/create'],
        text: expect.stringContaining('Who?'),
      },
      { from: 'agent', methods: [], text: expect.stringContaining('Ada') },
    ]);
  });

  it('goes on where it was allowed, as the same call', async () => {
    asksFirst('s');
    const args = unique();
    const { result } = await asked(args, 'read');
    const last = await goOn(2, args, result.requestState, 'read');
    expect(resultIn(await last.last())).toMatchObject({ content: [{ text: 'finished' }] });
    const [round] = (await entries('call.continued')).slice(-1);
    const received = await entries('call.received');
    expect(received.map((each) => each.call_id)).toContain(round?.call_id);
  });

  // Guarantee (invariant 2): one answer that asked for input is continued once, whoever replays its state.
  it('goes on once', async () => {
    asksFirst('s');
    const args = unique();
    const { result } = await asked(args);
    const [one, two] = await Promise.all([
      goOn(2, args, result.requestState).then((answer) => answer.last()),
      goOn(3, args, result.requestState).then((answer) => answer.last()),
    ]);
    const used = [one, two].filter((text) => text.includes('used before'));
    expect(used).toHaveLength(1);
    expect((await goOn(4, args, result.requestState)).status).toBe(400);
    expect(bench.upstream.calls()).toHaveLength(2);
  });

  it('does not go on with other arguments', async () => {
    asksFirst('s');
    const { result } = await asked(unique());
    const other = await goOn(2, unique(), result.requestState);
    expect(JSON.parse(await other.last()).error.data.code).toBe('bad_request_state');
    expect(bench.upstream.calls()).toHaveLength(1);
  });

  // Guarantee (invariant 8): the state is all there is to know, so a restart loses no round.
  it('goes on at another gateway', async () => {
    asksFirst('s');
    const args = unique();
    const { result } = await asked(args);
    const second = await bench.open();
    const there = await bench.agent('robot', 'hasty', second);
    const added = `${RESPONSES},${state(result.requestState)}`;
    const last = await call(2, args, { added, as: there });
    expect(resultIn(await last.last())).toMatchObject({ content: [{ text: 'finished' }] });
    await second.close();
  });

  // Guarantee (invariant 2): a round that may have run is not run again, though its agent asks for it.
  it('is unknown when its agent left during a round', async () => {
    asksFirst('s');
    const args = unique();
    const { approval, result } = await asked(args);
    bench.upstream.on('tools/call', async (ask, response) => {
      leaving.abort();
      await new Promise((resolve) => setTimeout(resolve, 300));
      json(response, complete(ask, 'uncollected'));
    });
    const leaving = new AbortController();
    const gone = fetch(agent.url, {
      method: 'POST',
      signal: leaving.signal,
      headers: {
        authorization: `Bearer ${agent.token}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...headers('write'),
      },
      body: withParams(
        toolCall(2, 'write', args, META()),
        `${RESPONSES},${state(result.requestState)}`,
      ),
    });
    await expect(gone).rejects.toThrow();
    // A modern disconnect cancels: what came of the round is not known, and it is not run again.
    await until(async () => (await approvalOf(approval))?.state === 'unknown', 'it is unknown');
    expect((await goOn(3, args, result.requestState)).status).toBe(400);
    expect(bench.upstream.calls()).toHaveLength(2);
  });

  // Guarantee (invariant 2): of a call whose first round ran, nobody is told that it has not run.
  it('is unknown, and not failed, when a later round can not be forwarded', async () => {
    const moved = await startScriptedUpstream();
    moved.tools.set('write', { name: 'write', inputSchema: { type: 'object' } });
    moved.on('tools/call', (ask, response) =>
      json(response, resultOf(ask.id, `{"resultType":"input_required",${ASKS}}`)),
    );
    await bench.connect({ slug: 'moved', url: moved.url });
    const as = await bench.agent('robot', 'moved');
    const args = unique();
    const asking = call(1, args, { as });
    const approval = await bench.decide('approve');
    const { requestState } = resultIn(await (await asking).last());
    await moved.close();
    const last = await call(2, args, { added: `${RESPONSES},${state(requestState)}`, as });
    const text = await last.last();
    expect(resultIn(text)._meta['holdpoint/refusal'].code).toBe('outcome_unknown');
    expect(text).toContain('earlier ones have run');
    expect(text).not.toContain('has not run');
    expect((await approvalOf(approval))?.state).toBe('unknown');
  });

  // Guarantee: what is in force at the next round decides it.
  it.each([
    [
      'denies it',
      '{ id: no, match: { tools: [write] }, effect: deny, message: No longer. }',
      'No longer.',
    ],
    [
      'asks for another approval',
      '{ id: more, match: { tools: [write] }, effect: hold, approval: second }\nchains: { second: { steps: [{ reviewers: { groups: [others] } }] } }',
      'asks for approvals that this call was not given',
    ],
  ])('does not go on where a newer policy %s', async (_how, rule, says) => {
    asksFirst('s');
    const args = unique();
    const { result } = await asked(args);
    await bench.publish(`${ALLOWED_TO_ASK}  - ${rule}\n`);
    try {
      const text = await (await goOn(2, args, result.requestState)).last();
      expect(text).toContain(says);
      expect(text).not.toContain('The call has not run');
      expect(bench.upstream.calls()).toHaveLength(1);
    } finally {
      await bench.publish(ALLOWED_TO_ASK);
    }
    // It was not used up: under the old policy it still goes on.
    expect(await (await goOn(3, args, result.requestState)).last()).toContain('finished');
  });

  // Guarantee: requests of an upstream are judged as the methods they are, in an answer too.
  it('is refused where the upstream may not ask', async () => {
    bench.upstream.on('tools/call', (ask, response) =>
      json(
        response,
        resultOf(
          ask.id,
          '{"resultType":"input_required","inputRequests":{"x":{"method":"sampling/createMessage","params":{"messages":[],"maxTokens":1}}}}',
        ),
      ),
    );
    const { approval, result } = await asked(unique());
    expect(result).toMatchObject({
      isError: true,
      _meta: { 'holdpoint/refusal': { code: 'denied' } },
    });
    expect(JSON.stringify(result)).not.toContain('maxTokens');
    const [answered] = await entries('call.answered', approval);
    expect(JSON.parse(answered?.content ?? '').data).toMatchObject({
      inputRequired: ['sampling/createMessage'],
      refused: 'sampling/createMessage',
    });
  });

  it('is masked like an answer', async () => {
    bench.upstream.on('tools/call', (ask, response) =>
      json(
        response,
        resultOf(
          ask.id,
          '{"resultType":"input_required","inputRequests":{"x":{"method":"elicitation/create","params":{"message":"Is it ada@example.com?","requestedSchema":{"type":"object"}}}}}',
        ),
      ),
    );
    const { result } = await asked(unique(), 'read');
    expect(JSON.stringify(result)).not.toContain('ada@example.com');
  });

  it('is not passed on where two clients could read it as two things', async () => {
    bench.upstream.on('tools/call', (ask, response) =>
      json(
        response,
        resultOf(
          ask.id,
          '{"resultType":"input_required","resultType":"complete","requestState":"s"}',
        ),
      ),
    );
    const { result } = await asked(unique(), 'read');
    expect(result._meta['holdpoint/refusal'].code).toBe('upstream_bad_answer');
  });

  // Guarantee: an answer that asks thousandfold costs no more than any other, and reaches nobody.
  it('is not passed on where the upstream asks for more than a client could put before a person', async () => {
    const requests = Array.from(
      { length: 8000 },
      (_, at) => `"k${at}":{"method":"elicitation/create"}`,
    );
    bench.upstream.on('tools/call', (ask, response) =>
      json(
        response,
        resultOf(ask.id, `{"resultType":"input_required","inputRequests":{${requests.join(',')}}}`),
      ),
    );
    const { result } = await asked(unique(), 'read');
    expect(result._meta['holdpoint/refusal'].code).toBe('upstream_bad_answer');
    const [answered] = (await entries('call.answered')).slice(-1);
    expect(answered?.content.length).toBeLessThan(5000);
  });

  it('is ridden out by the stock client: a hold of two legs, then two rounds', async () => {
    bench.upstream.on('server/discover', (ask, response) => json(response, discovered(ask)));
    bench.upstream.on('tools/call', (ask, response) =>
      json(
        response,
        ask.text.includes('"round-2"')
          ? complete(ask, 'finished')
          : resultOf(
              ask.id,
              `{"resultType":"input_required","requestState":${ask.text.includes('"round-1"') ? '"round-2"' : '"round-1"'},${ASKS}}`,
            ),
      ),
    );
    const client = await stock('rounds', { elicitation: {} });
    client.setRequestHandler('elicitation/create', () => ({
      action: 'accept' as const,
      content: { name: 'Ada' },
    }));
    const answering = client.callTool({ name: 'write', arguments: { rounds: 2 } });
    const { id } = await bench.approval('held');
    await until(async () => (await entries('call.continued', id)).length === 1, 'it comes back');
    await bench.decide('approve', id);
    expect(await answering).toMatchObject({ content: [{ text: 'finished' }] });
    expect(bench.upstream.calls()).toHaveLength(3);
    await client.close();
  });
});

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Agent, toolCall, type AgentAnswer } from '../testing/agent.ts';
import { startMcpBench, type McpBench } from '../testing/mcp-bench.ts';
import { event, json, stream } from '../testing/scripted-upstream.ts';
import { startSseServer, type SseServer } from '../testing/sse-server.ts';

// Guarantee (invariant 6), in both directions, through the whole data path and over every transport:
// from the upstream what no mask touches arrives as the bytes that came; from the agent a frame passes
// as the bytes that came, or is refused, and never passes as anything else. What an agent puts beside the
// members of its message is refused: nobody judges it, and no reviewer sees it.

const RUNS = 60;

let bench: McpBench;
let older: SseServer;
let recorder: Awaited<ReturnType<typeof startRecorder>>;

beforeAll(async () => {
  bench = await startMcpBench();
  older = await startSseServer();
  recorder = await startRecorder();
  await bench.publish('rules: [{ id: nothing, match: { tools: [nothing] }, effect: deny }]');
  await bench.connect({ slug: 'open', defaultEffect: 'allow' });
  await bench.connect({ slug: 'recorded', url: recorder.url, defaultEffect: 'allow' });
  await bench.connect({ slug: 'closed', url: recorder.url, defaultEffect: 'deny' });
  await bench.connect({ slug: 'older', url: older.url, transport: 'sse', defaultEffect: 'allow' });
});
afterAll(async () => {
  await bench.close();
  await older.close();
  await recorder.close();
});

/** An MCP server that keeps what it was sent and takes none of it. */
async function startRecorder() {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    void buffer(request).then((bytes) => {
      const text = bytes.toString('utf8');
      if (request.headers['user-agent'] === 'holdpoint') seen.push(text);
      const isList = text.includes('"tools/list"') && request.headers['user-agent'] !== 'holdpoint';
      const { id }: { id?: unknown } = isList ? JSON.parse(text) : {};
      const tools = [{ name: 'read', inputSchema: { type: 'object' } }];
      json(
        response,
        isList
          ? JSON.stringify({ jsonrpc: '2.0', id, result: { tools } })
          : text.includes('"initialize"')
            ? '{"jsonrpc":"2.0","id":2,"result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"r","version":"1"}}}'
            : '{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"no"}}',
        isList || text.includes('"initialize"') ? 200 : 400,
      );
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    seen,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/* JSON as text, so that literals, escapes, spaces and repeated keys are what they are. */

const space = fc.constantFrom('', '', '', ' ', '\n', '\t ');
const oddNumber = fc.constantFrom('1e400', '-0', '1.0', '-0.0e-7', '12345678901234567890', '1E+2');
const number = fc.oneof(
  oddNumber,
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
);
/** `unit: binary` has every code point; lone surrogates come as escapes, which is how JSON can say them. */
const string = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }).map((text) => JSON.stringify(text)),
  fc.constantFrom(
    '"\\u0041\\/\\u00e9"',
    '"\\ud83d\\ude00"',
    '"\\u0000\u2028\u202e\ufeff"',
    '"\\udead"',
  ),
);
const key = fc.oneof(
  { weight: 8, arbitrary: fc.string({ maxLength: 6 }).map((text) => JSON.stringify(`x-${text}`)) },
  { weight: 1, arbitrary: fc.constantFrom('""', '"__proto__"', '"x-a"', '"X-A"', '"\\u0078-a"') },
);
const { value } = fc.letrec<{ value: string; array: string; object: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.oneof(number, string, fc.constantFrom('null', 'true', 'false')),
    tie('array'),
    tie('object'),
  ),
  array: fc
    .tuple(space, fc.array(tie('value'), { maxLength: 4 }))
    .map(([blank, items]) => `[${blank}${items.join(`,${blank}`)}]`),
  object: fc
    .tuple(space, fc.array(fc.tuple(key, tie('value')), { maxLength: 4 }))
    .map(
      ([blank, members]) => `{${members.map(([name, of]) => `${blank}${name}:${of}`).join(',')}}`,
    ),
}));
const deep = fc
  .tuple(fc.integer({ min: 0, max: 40 }), value)
  .map(([depth, core]) => `${'{"x-deeper":['.repeat(depth)}${core}${']}'.repeat(depth)}`);
const extra = fc.array(fc.tuple(key, deep), { maxLength: 3 });
const unknownMethod = fc
  .string({ unit: 'grapheme', maxLength: 8 })
  .map((text) => JSON.stringify(`x/${text}`));

const members = (pairs: readonly (readonly [string, string])[]) =>
  pairs.map(([name, of]) => `,${name}:${of}`).join('');

/* What an agent sends. */

interface Sent {
  readonly frame: string;
  /** Something stands beside the message's own members. */
  readonly hasMore: boolean;
}

const beside = fc.oneof(
  { weight: 4, arbitrary: fc.constant<[string, string][]>([]) },
  { weight: 1, arbitrary: extra },
);
const request = fc
  .record({
    method: unknownMethod,
    params: fc.oneof(deep, extra.map(asObject)),
    more: beside,
    blank: space,
  })
  .map(({ method, params, more, blank }): Sent => ({
    frame: `{${blank}"jsonrpc":"2.0","id":7,"method":${method},"params":${params}${members(more)}}`,
    hasMore: more.length > 0,
  }));
const call = fc
  .record({ args: extra.map(asObject), params: extra, more: beside, blank: space })
  .map(({ args, params, more, blank }): Sent => ({
    frame: `${blank}{"jsonrpc":"2.0","id":7,"method":"tools/call"${members(more)},"params":{"name":"read","arguments":${args}${members(params)}}}${blank}`,
    hasMore: more.length > 0,
  }));
const notice = (more: typeof extra) =>
  fc
    .record({ method: unknownMethod, params: extra.map(asObject), more })
    .map((said): Sent => ({ frame: noticeText(said), hasMore: said.more.length > 0 }));
const sent = fc.oneof(request, call, notice(beside));

function noticeText({
  method,
  params,
  more,
}: {
  readonly method: string;
  readonly params: string;
  readonly more: readonly (readonly [string, string])[];
}): string {
  return `{"jsonrpc":"2.0","method":${method}${members(more)},"params":${params}}`;
}

function asObject(pairs: readonly (readonly [string, string])[]): string {
  return `{${members(pairs).slice(1)}}`;
}

const REFUSED = [400, 413];

describe('from the agent', () => {
  it('a frame passes as the bytes that came, or not at all', async () => {
    const agent = await bench.agent('robot', 'recorded');
    await fc.assert(
      fc.asyncProperty(sent, async ({ frame, hasMore }) => {
        recorder.seen.length = 0;
        const answer = await agent.post(frame);
        const said = await answer.last();
        const isRefusal = REFUSED.includes(answer.status) && recorder.seen.length === 0;
        if (isRefusal) expect(said).toMatch(/"malformed_frame"|"invalid_request"/);
        else expect([recorder.seen, hasMore]).toEqual([[frame], false]);
      }),
      { numRuns: RUNS },
    );
  });

  it('nothing passes where the default denies', async () => {
    const agent = await bench.agent('robot', 'closed');
    await fc.assert(
      fc.asyncProperty(sent, async ({ frame }) => {
        recorder.seen.length = 0;
        await (await agent.post(frame)).last();
        expect(recorder.seen).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });

  it('a frame passes so over HTTP+SSE on both sides, too', async () => {
    const { posted, next } = await openSession();
    await fc.assert(
      fc.asyncProperty(sent, async ({ frame, hasMore }) => {
        older.posted.length = 0;
        const answer = await posted.post(frame);
        const said = await answer.text();
        if (answer.status === 202) {
          if (frame.includes('"id":7,')) await next();
          expect([older.posted.map(({ text }) => text), hasMore]).toEqual([[frame], false]);
        } else {
          expect(said).toMatch(/"malformed_frame"|"invalid_request"/);
          expect(older.posted).toEqual([]);
        }
      }),
      { numRuns: RUNS },
    );
  });
});

/* What an upstream says: something on its own account, and the answer. */

const answer = fc
  .record({ result: extra, more: extra, blank: space })
  .map(
    ({ result, more, blank }) =>
      `${blank}{"jsonrpc":"2.0","id":7${members(more)},"result":{"content":[]${members(result)}}}`,
  );
const aside = fc.oneof(
  notice(extra).map(({ frame }) => frame),
  fc
    .record({ method: unknownMethod, params: deep, more: extra })
    .map(
      ({ method, params, more }) =>
        `{"jsonrpc":"2.0","id":"u","method":${method}${members(more)},"params":${params}}`,
    ),
);

describe('from the upstream', () => {
  const asData = (text: string) => event(text.replaceAll('\n', '\ndata: '));

  it('an answer arrives as the bytes that came, in a body', async () => {
    const agent = await bench.agent('robot', 'open');
    await fc.assert(
      fc.asyncProperty(answer, async (text) => {
        bench.upstream.on('tools/call', (_asked, response) => json(response, text));
        expect(await (await agent.post(toolCall(7, 'read'))).last()).toBe(text);
      }),
      { numRuns: RUNS },
    );
  });

  it('everything arrives so, in an event stream', async () => {
    const agent = await bench.agent('robot', 'open');
    await fc.assert(
      fc.asyncProperty(fc.array(aside, { maxLength: 3 }), answer, async (asides, text) => {
        const said = [...asides, text];
        bench.upstream.on('tools/call', (_asked, response) => {
          stream(response).end(said.map(asData).join(''));
        });
        const got = await (await agent.post(toolCall(7, 'read'))).rest();
        expect(got.map((each) => (each.kind === 'message' ? each.data : null))).toEqual(said);
      }),
      { numRuns: RUNS },
    );
  });

  it('everything arrives so over HTTP+SSE, to agents of either transport', async () => {
    const { posted, next } = await openSession();
    const agent = await bench.agent('robot', 'older');
    await (await agent.initialize()).last();
    await fc.assert(
      fc.asyncProperty(
        fc.array(aside, { maxLength: 3 }),
        answer,
        fc.boolean(),
        async (asides, text, isOlder) => {
          const said = [...asides, text];
          older.on('tools/call', (_posted, say) => {
            for (const each of said) say(each.replaceAll('\n', '\ndata: '));
          });
          if (isOlder) {
            expect((await posted.post(toolCall(7, 'read'))).status).toBe(202);
            for (const each of said) expect(await next()).toBe(each);
          } else {
            const got = await (await agent.post(toolCall(7, 'read'))).rest();
            expect(got.map((each) => (each.kind === 'message' ? each.data : null))).toEqual(said);
          }
        },
      ),
      { numRuns: RUNS },
    );
  });
});

/** An agent of HTTP+SSE in its session with the upstream of HTTP+SSE. */
async function openSession() {
  const { url, token } = await bench.agent('robot', 'older');
  const opened: AgentAnswer = await new Agent(`${url}/sse`, token).listen();
  const posted = new Agent(new URL(await opened.nextData(), url).href, token);
  await posted.post(
    '{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2024-11-05","capabilities":{},"clientInfo":{"name":"raw","version":"1"}}}',
  );
  await opened.nextData();
  return { posted, next: () => opened.nextData() };
}

import { once } from 'node:events';
import { Agent as HttpAgent, request, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { FRAME_SEEDS, HEADER_SEEDS, mutate, SeededRandom } from '@holdpoint/mcp/testing';
import { z } from 'zod';
import type { Agent } from '../agent.ts';
import { startMcpBench, type McpBench } from '../mcp-bench.ts';
import { startWatchfulUpstream, type WatchfulUpstream } from './watchful-upstream.ts';

/** Everything dangerous is held or denied; one call with one argument is free. */
const POLICY = `
rules:
  - { id: fuzz-read, match: { connections: [fuzz], tools: [read] }, effect: allow }
  - { id: fuzz-unsafe, match: { connections: [fuzz], tools: [read] }, when: args.safe != true, effect: deny }
  - { id: fuzz-write, match: { connections: [fuzz], tools: [write] }, effect: hold }
  - { id: fuzz-never, match: { connections: [fuzz], tools: [forbidden] }, effect: deny }
`;

const AT_ONCE = 16;
/** A bound against hangs, not a measure of speed. */
const PATIENCE_MS = 30_000;
/** Each may have so many calls held; what comes beyond is refused at once. */
const CALLERS = 4;

export interface EndpointRun {
  /** How often which: an HTTP status, or `held`. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Frames that passed to the upstream. */
  readonly passed: number;
  readonly violations: readonly string[];
}

/** A real gateway on a real database, between mutated frames and an upstream that trusts nobody. */
export class EndpointFuzz {
  readonly #bench: McpBench;
  readonly #upstream: WatchfulUpstream;
  readonly #agents: readonly Agent[];
  readonly #http = new HttpAgent({ keepAlive: true, maxSockets: AT_ONCE });

  private constructor(bench: McpBench, upstream: WatchfulUpstream, agents: readonly Agent[]) {
    this.#bench = bench;
    this.#upstream = upstream;
    this.#agents = agents;
  }

  static async start(): Promise<EndpointFuzz> {
    const bench = await startMcpBench();
    const upstream = await startWatchfulUpstream();
    await bench.publish(POLICY);
    await bench.connect({ slug: 'fuzz', url: upstream.url });
    const agents: Agent[] = [];
    for (let number = 0; number < CALLERS; number += 1) {
      const agent = await bench.agent(`fuzz-${number}`, 'fuzz');
      // Half of them in a session.
      if (number % 2 === 0) await agent.initialize();
      agents.push(agent);
    }
    return new EndpointFuzz(bench, upstream, agents);
  }

  /** Cases `from` up to, but without, `to` of a seed. */
  async run(seed: number, from: number, to: number): Promise<EndpointRun> {
    const outcomes: Record<string, number> = {};
    const violations: string[] = [];
    let next = from;
    const lane = async () => {
      while (next < to) {
        const index = next;
        next += 1;
        const { outcome, fault } = await withPatience(this.#one(new SeededRandom(seed, index)));
        outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
        if (fault !== undefined) violations.push(`case ${index} of seed ${seed}: ${fault}`);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    return {
      outcomes,
      passed: this.#upstream.frames,
      violations: [...violations, ...this.#upstream.violations],
    };
  }

  async close(): Promise<void> {
    this.#http.destroy();
    await this.#bench.close();
    await this.#upstream.close();
  }

  async #one(random: SeededRandom): Promise<Outcome> {
    const agent = this.#agents[random.below(CALLERS)];
    if (!agent) throw new Error('unreachable');
    const seed = random.pick(FRAME_SEEDS);
    const body = mutate(seed, random);
    const isModern = seed.includes('"_meta"') || random.oneIn(20);
    const outgoing = request(agent.url, {
      method: random.oneIn(100) ? random.pick(['GET', 'DELETE', 'PUT']) : 'POST',
      agent: this.#http,
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        authorization: `Bearer ${agent.token}`,
        ...(isModern ? modernHeaders(random) : agent.headers),
      },
    });
    outgoing.end(body);
    const [response]: IncomingMessage[] = await once(outgoing, 'response');
    if (!response) throw new Error('unreachable');
    if (response.headers['content-type'] === 'text/event-stream') {
      // Held: the agent goes away, and nobody will ever approve.
      outgoing.on('error', () => undefined);
      response.on('error', () => undefined).destroy();
      return { outcome: 'held', fault: undefined };
    }
    const { statusCode = 0 } = response;
    // One of the cases ended the session.
    if (statusCode === 404 && 'mcp-session-id' in agent.headers) await reopen(agent);
    return { outcome: `${statusCode}`, fault: faultOf(statusCode, await text(response), body) };
  }
}

interface Outcome {
  readonly outcome: string;
  readonly fault: string | undefined;
}

/** Promise: whatever was sent, something is said to it before long; a held call's stream opens. */
async function withPatience(asked: Promise<Outcome>): Promise<Outcome> {
  const answered = new AbortController();
  const silence = { outcome: 'silence', fault: 'nothing was said' };
  const patience = delay(PATIENCE_MS, silence, { signal: answered.signal });
  patience.catch(() => undefined);
  return Promise.race([asked, patience]).finally(() => answered.abort());
}

async function reopen(agent: Agent): Promise<void> {
  delete agent.headers['mcp-session-id'];
  await (await agent.initialize()).text();
}

const answerSchema = z.union([
  z.object({ jsonrpc: z.literal('2.0'), id: z.unknown(), result: z.looseObject({}) }),
  z.object({
    jsonrpc: z.literal('2.0'),
    id: z.unknown(),
    error: z.object({ code: z.number(), message: z.string() }),
  }),
]);

/** Promise: an answer is empty or a JSON-RPC message, and never a fault of the gateway's own. */
function faultOf(status: number, answer: string, body: Uint8Array): string | undefined {
  const sent = Buffer.from(body).toString('base64');
  if (status >= 500) return `HTTP ${status} to ${sent}: ${answer}`;
  if (answer === '') return undefined;
  try {
    answerSchema.parse(JSON.parse(answer));
    return undefined;
  } catch {
    return `no JSON-RPC answer to ${sent}: ${answer}`;
  }
}

/** As a client of the stateless era says them, or mutated. */
function modernHeaders(random: SeededRandom): Record<string, string> {
  const said = {
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': 'tools/call',
    'mcp-name': 'read',
  };
  if (!random.oneIn(4)) return said;
  const name = random.pick(['mcp-name', 'mcp-method', 'mcp-protocol-version', 'last-event-id']);
  const mutated = Buffer.from(mutate(random.pick(HEADER_SEEDS), random)).toString('latin1');
  // Others end in Node's own parser, before anything of the gateway.
  return { ...said, [name]: mutated.replace(/[^\t\x20-\x7e\x80-\xff]/g, '') };
}

import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { monotonicMs, type Target } from './jobs.ts';
import { MCP_HEADERS, writeCall } from './messages.ts';

/** How many calls are on their way to being held at once. */
const OPENING = 32;
const FIRST_ORDER = 1_000_000;

interface Answered {
  readonly order: number;
  readonly atMs: number;
}

/** Calls that wait for a person, each on a socket of its own. */
export class HeldCalls {
  readonly #answers: Promise<Answered>[] = [];

  /** Resolves when every one of them is held: its stream is open and says nothing yet. */
  async open(targets: readonly Target[], count: number): Promise<{ held: number }> {
    const agent = new Agent({ keepAlive: false, maxSockets: Infinity });
    let next = FIRST_ORDER;
    const last = FIRST_ORDER + count;
    const openInTurn = async () => {
      while (next < last) {
        const order = next++;
        const target = targets[order % targets.length];
        if (target !== undefined) await this.#openOne(target, agent, order);
      }
    };
    await Promise.all(Array.from({ length: OPENING }, openInTurn));
    return { held: this.#answers.length };
  }

  async collect(): Promise<readonly Answered[]> {
    return Promise.all(this.#answers.splice(0));
  }

  #openOne({ url, headers }: Target, agent: Agent, order: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const call = request(url, { method: 'POST', agent, headers: { ...MCP_HEADERS, ...headers } });
      call.once('error', reject);
      call.once('response', (response) => {
        const type = response.headers['content-type'] ?? '';
        const answered = text(response).then((body) => {
          if (body.includes('"structuredContent"')) return { order, atMs: monotonicMs() };
          throw new Error(`order ${order}: ${body.slice(-300)}`);
        });
        // Heard by `collect`; until then a broken one must not end the process.
        answered.catch(() => undefined);
        this.#answers.push(answered);
        if (response.statusCode === 200 && type.startsWith('text/event-stream')) resolve();
        else reject(new Error(`not held: HTTP ${response.statusCode} ${type}`));
      });
      call.end(writeCall(order));
    });
  }
}

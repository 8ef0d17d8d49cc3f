import type { AgentExchange } from './agent-exchange.ts';

/** So much of what nobody hears is recorded of one run: an upstream could talk without end. */
const MOST = { messages: 200, bytes: 1024 * 1024 };

/**
 * The agent's side of a call that runs in the background: nobody listens. What the upstream says before
 * its answer is masked and recorded as ever, and goes no further.
 */
export class UnattendedExchange implements AgentExchange {
  requestId: AgentExchange['requestId'] = null;
  readonly left = AbortSignal.abort();
  readonly isStreaming = false;
  readonly resumable = null;

  readonly #recorded = { messages: 0, bytes: 0 };

  /** Whether one more message of the upstream is recorded; `last` is only noted, and none after it. */
  record(bytes: number): 'recorded' | 'last' | 'dropped' {
    const said = this.#recorded;
    const had = said.messages <= MOST.messages && said.bytes <= MOST.bytes;
    said.messages += 1;
    said.bytes += bytes;
    if (said.messages <= MOST.messages && said.bytes <= MOST.bytes) return 'recorded';
    return had ? 'last' : 'dropped';
  }

  header(): undefined {
    return undefined;
  }

  async comment(): Promise<void> {}
  async event(): Promise<void> {}

  /** Nothing reached an agent. */
  async finish(): Promise<boolean> {
    return false;
  }

  async end(): Promise<boolean> {
    return false;
  }

  setHeader(): void {}
  accept(): void {}
  onAnswer(): void {}
  startStream(): void {}
  cut(): void {}
}

import type { AgentExchange } from './agent-exchange.ts';

/**
 * The agent's side of a call that runs in the background: nobody listens. What the upstream says before
 * its answer is masked and recorded as ever, and goes no further.
 */
export class UnattendedExchange implements AgentExchange {
  requestId: AgentExchange['requestId'] = null;
  readonly left = AbortSignal.abort();
  readonly isStreaming = false;
  readonly resumable = null;

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

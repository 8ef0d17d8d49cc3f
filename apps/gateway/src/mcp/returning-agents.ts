import { Injectable } from '@nestjs/common';
import type { Exchange } from './exchange.ts';

/** An agent that came back for the rest of its call's stream. */
export interface Returned {
  readonly exchange: Exchange;
  /** The last event it saw, as the upstream knows it. */
  readonly lastEventId: string;
}

/** Calls whose upstream closed their stream early: their agents are expected back for the rest. */
@Injectable()
export class ReturningAgents {
  readonly #expected = new Map<string, (back: Returned) => void>();

  /** `null` when the agent did not come in time. */
  async expect(callId: string, withinMs: number): Promise<Returned | null> {
    return new Promise((resolve) => {
      const end = (back: Returned | null) => {
        clearTimeout(timer);
        this.#expected.delete(callId);
        resolve(back);
      };
      const timer = setTimeout(() => end(null), withinMs);
      this.#expected.set(callId, end);
    });
  }

  /** `true` when the call is under way here: what follows of it goes to the new exchange. */
  welcome(callId: string, back: Returned): boolean {
    const resolve = this.#expected.get(callId);
    resolve?.(back);
    return resolve !== undefined;
  }
}

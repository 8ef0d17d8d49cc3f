import type { TunnelLimits } from './tunnel-events.ts';
import type { TunnelErrorCode } from './tunnel.error.ts';

/** What an interval without or with a word of the peer comes to. */
export type Beat =
  | { readonly kind: 'ask' }
  | { readonly kind: 'wait' }
  | { readonly kind: 'gone'; readonly code: TunnelErrorCode; readonly message: string };

/** Whether the other end is still there, counted in intervals of the tunnel's clock. */
export class Pulse {
  readonly #limits: Pick<TunnelLimits, 'pingIntervalMs' | 'silentIntervals'>;
  #heard = true;
  #silentIntervals = 0;
  #greetingIntervals = 0;

  constructor(limits: Pick<TunnelLimits, 'pingIntervalMs' | 'silentIntervals'>) {
    this.#limits = limits;
  }

  /** Something came, whatever it was. */
  heard(): void {
    this.#heard = true;
  }

  /** An interval is over. */
  beat(isReady: boolean): Beat {
    if (this.#heard) this.#silentIntervals = 0;
    else this.#silentIntervals += 1;
    this.#heard = false;
    if (this.#silentIntervals >= this.#limits.silentIntervals) {
      const silentS = (this.#silentIntervals * this.#limits.pingIntervalMs) / 1000;
      const message = `Nothing came from the other end for ${silentS} s.`;
      return { kind: 'gone', code: 'peer_silent', message };
    }
    if (isReady) return { kind: 'ask' };
    // A handshake has as long as a silence: what trickles in meanwhile doesn't prolong it.
    this.#greetingIntervals += 1;
    return this.#greetingIntervals > this.#limits.silentIntervals
      ? { kind: 'gone', code: 'not_ready', message: 'The handshake took too long.' }
      : { kind: 'wait' };
  }
}

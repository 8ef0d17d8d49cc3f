import { idKey, type JsonRpcId } from '@holdpoint/mcp';
import { Injectable } from '@nestjs/common';
import { GatewayError } from '../platform/gateway.error.ts';
import type { Call, Incoming } from './call.ts';

interface Running {
  /** A held call only detaches; nothing of it has gone upstream. */
  readonly detach: AbortController;
  held: boolean;
}

export interface InFlightCall {
  /** Aborted when the agent cancelled the call while it was held. */
  readonly cancelled: AbortSignal;
  forwarded(): void;
  done(): void;
}

/** Requests under way, by session and id. */
@Injectable()
export class InFlight {
  readonly #sessions = new Map<string, Map<string, Set<Running>>>();

  /** @throws GatewayError `duplicate_request_id`: two answers under one id can't be told apart. */
  enter(call: Call): InFlightCall {
    const calls = this.#sessions.get(call.session.id) ?? new Map<string, Set<Running>>();
    this.#sessions.set(call.session.id, calls);
    const key = idKey(call.id);
    const same = calls.get(key) ?? new Set<Running>();
    // Without a session handle two programs of one caller count their ids independently.
    // What only goes on is no other request, though its earlier exchange may not know yet that it ended.
    if (same.size > 0 && call.session.hasHandle && call.continues === undefined) {
      throw new GatewayError(
        'duplicate_request_id',
        'A request with this id is still in flight in this session. Use a new id.',
      );
    }
    calls.set(key, same);
    const running: Running = { detach: new AbortController(), held: true };
    same.add(running);
    return {
      cancelled: running.detach.signal,
      forwarded: () => (running.held = false),
      done: () => {
        // Once: by the second time another call may go by this id.
        if (!same.delete(running)) return;
        if (same.size === 0) calls.delete(key);
        if (calls.size === 0) this.#sessions.delete(call.session.id);
      },
    };
  }

  /** `held` when the one call meant was only waiting: it is detached, and nothing goes upstream. */
  cancel(incoming: Incoming, id: JsonRpcId): 'held' | 'forwarded' | 'unknown' {
    const same = this.#sessions.get(incoming.session.id)?.get(idKey(id));
    const [running, another] = same ?? [];
    if (!running || another) return 'unknown';
    if (!running.held) return 'forwarded';
    running.detach.abort();
    return 'held';
  }
}

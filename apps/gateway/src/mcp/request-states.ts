import { timingSafeEqual } from 'node:crypto';
import {
  applyEdits,
  digestInput,
  parseClientFrame,
  removeParams,
  type Frame,
} from '@holdpoint/mcp';
import { Injectable } from '@nestjs/common';
import { Envelope } from '../platform/envelope.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import { methodOf, targetOf, type Incoming } from './call.ts';
import { requestStateSchema, type RequestState } from './request-state.ts';

type Bound = Pick<Incoming, 'caller' | 'connection' | 'frame'>;

/** What a retry adds to the params of the call that it goes on with. */
const ADDED = {
  wait: ['requestState'],
  input: ['requestState', 'inputResponses'],
} as const satisfies Record<RequestState['kind'], readonly string[]>;

/**
 * Every `requestState` that an agent holds: signed, and bound to caller, connection, method, target and
 * the parameters that are not the retry's own. All it says is in it, so it survives any gateway.
 */
@Injectable()
export class RequestStates {
  constructor(private readonly envelope: Envelope) {}

  issue(state: RequestState, call: Bound): string {
    const body = Buffer.from(JSON.stringify(state), 'utf8').toString('base64url');
    return `${body}.${this.#mac(body, state.kind, call)}`;
  }

  /**
   * INVARIANT: what was given to another caller, or for another call, was changed, or is over, is
   * refused, and nothing of the call goes anywhere.
   *
   * @throws GatewayError `bad_request_state`
   */
  open(given: string, call: Bound): RequestState {
    const [body = '', mac = '', ...rest] = given.split('.');
    const state = rest.length === 0 ? read(body) : undefined;
    if (state === undefined || !isSame(this.#mac(body, state.kind, call), mac)) throw foreign();
    if (state.expiresAt <= Date.now()) throw over();
    return state;
  }

  #mac(body: string, kind: RequestState['kind'], { caller, connection, frame }: Bound): string {
    const params = digestInput(withoutParams(frame, ADDED[kind]));
    const place = [caller.key, connection.id, methodOf({ frame }), targetOf({ frame }), params];
    return this.envelope.mac('holdpoint-request-state-v1', JSON.stringify([...place, body]));
  }
}

/** The frame with some params taken out and every other byte as it came. */
export function withoutParams(frame: Frame, keys: readonly string[]): Frame {
  return edited(frame, removeParams(frame, keys));
}

export function edited(frame: Frame, edits: Parameters<typeof applyEdits>[1]): Frame {
  if (edits.length === 0) return frame;
  // Its own bound was kept when it came; an upstream's state may be longer than the one around it.
  const limits = { maxBytes: Number.MAX_SAFE_INTEGER };
  return parseClientFrame(Buffer.from(applyEdits(frame.text, edits)), limits);
}

/** Not believed before its signature was checked; only then does it say anything. */
function read(body: string): RequestState | undefined {
  try {
    const text = Buffer.from(body, 'base64url').toString('utf8');
    return requestStateSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function isSame(expected: string, given: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function foreign(): GatewayError {
  return new GatewayError(
    'bad_request_state',
    'This requestState was not given to you for this call. Make the call again without it.',
  );
}

function over(): GatewayError {
  return new GatewayError(
    'bad_request_state',
    'This requestState is no longer valid: it was given too long ago. Make the call again without it.',
  );
}

/** It was, once: what runs is never run a second time for it. */
export function usedState(): GatewayError {
  return new GatewayError(
    'bad_request_state',
    'This requestState was used before, so nothing was done. Make the call again without it.',
  );
}

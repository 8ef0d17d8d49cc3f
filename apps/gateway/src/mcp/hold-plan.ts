import { LATEST_LEGACY, mayAskForInput, type Era } from '@holdpoint/mcp';
import { limitsOf, type ClientName } from './client-settings.ts';

/**
 * How often a client is sent back with a `requestState`. Stock clients go ten rounds; the last two are
 * left to the upstream, which may need rounds of its own.
 */
const MAX_ROUNDS = 8;

/**
 * A stream of a polling client is closed after this, before anything between here and there does it;
 * where the deadline is short, at its half.
 */
const CLOSE_AFTER_MS = 25_000;

/** All that decides how one held call waits. */
export interface HoldAsked {
  readonly era: Era;
  /** Of the HTTP exchange; `null` where the client names none. */
  readonly protocolVersion: string | null;
  readonly method: string;
  readonly hasProgressToken: boolean;
  /** Whether its stream can be resumed: it is one of its own, and the client holds a session handle. */
  readonly isResumable: boolean;
  readonly client: ClientName;
  /** Rounds that this call has been through. */
  readonly round: number;
  readonly connection: Parameters<typeof limitsOf>[1];
}

/**
 * A rung of the hold ladder. The first, a task, is decided before this plan is made.
 *
 * - `rounds`: a leg on an event stream, then `input_required` with a state of the gateway's own.
 * - `progress`: a stream with progress, for as long as the client stays.
 * - `deadline`: a stream until the deadline, then the pending answer.
 */
export type Rung = 'rounds' | 'progress' | 'deadline';

export interface HoldPlan {
  readonly rung: Rung;
  /** `null`: none, the approval's own window ends the wait. */
  readonly deadlineMs: number | null;
  /** The stream is closed after this, to be resumed by `Last-Event-ID`; `null`: never. */
  readonly closeAfterMs: number | null;
}

/** The rung of one held call. Pure: everything it looks at is in `asked`. */
export function planHold(asked: HoldAsked): HoldPlan {
  const limits = limitsOf(asked.client, asked.connection);
  const { deadlineMs, legMs, resetsOnProgress, polling } = limits;
  if (asked.era === 'modern') {
    const goesOn = mayAskForInput(asked.method) && asked.round < MAX_ROUNDS;
    return goesOn
      ? { rung: 'rounds', deadlineMs: legMs, closeAfterMs: null }
      : { rung: 'deadline', deadlineMs, closeAfterMs: null };
  }
  const isPatient = resetsOnProgress && asked.hasProgressToken;
  const closeAfterMs = !canPoll(asked, polling)
    ? null
    : isPatient
      ? CLOSE_AFTER_MS
      : Math.min(CLOSE_AFTER_MS, deadlineMs / 2);
  return isPatient
    ? { rung: 'progress', deadlineMs: null, closeAfterMs }
    : { rung: 'deadline', deadlineMs, closeAfterMs };
}

/**
 * Only where a refusal is a result: stock clients that can resume a stream take a JSON-RPC error on it
 * for no answer, and come back again.
 */
function canPoll(asked: HoldAsked, polling: boolean): boolean {
  return (
    polling &&
    asked.isResumable &&
    asked.method === 'tools/call' &&
    asked.protocolVersion === LATEST_LEGACY
  );
}

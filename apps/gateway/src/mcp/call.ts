import type { Caller } from '@holdpoint/contracts';
import { callTarget, type Era, type Frame, type JsonRpcId } from '@holdpoint/mcp';
import type { EditedRun } from '../approvals/held-edits.ts';
import type { Judgement } from '../approvals/rejudgement.ts';
import type { EntryDraft } from '../audit/entry.ts';
import type { ConnectionRecord } from '../connections/connection-registry.ts';
import type { Stay } from './admission.ts';
import type { AgentExchange } from './agent-exchange.ts';
import type { Exchange } from './exchange.ts';
import type { RequestState } from './request-state.ts';
import type { McpSession } from './session-store.ts';

/** Who calls what, on which connection: known from authentication on. */
export interface Visit {
  readonly exchange: AgentExchange;
  readonly connection: ConnectionRecord;
  readonly caller: Caller;
}

/** A visit whose request is still to be read. */
export interface HttpVisit extends Visit {
  readonly exchange: Exchange;
  readonly stay: Stay;
}

/** One message of an agent within its session. */
export interface Incoming extends Visit {
  readonly frame: Frame;
  readonly session: McpSession;
  readonly era: Era;
  readonly protocolVersion: string | null;
}

/** One JSON-RPC request of an agent, and all that belongs to it. */
export interface Call extends Incoming {
  readonly callId: string;
  readonly id: JsonRpcId;
  readonly method: string;
  /** Tool or prompt name, or resource URI; empty where the method has none. */
  readonly target: string;
  /** Where the call was held: everything that belongs to it is recorded under its approval. */
  readonly approvalId?: string | undefined;
  /** Where reviewers changed the arguments: what goes upstream in the place of `frame`. */
  readonly edited?: EditedRun | undefined;
  /** Where its agent has to know how it was approved: past its chain, or in somebody's place. */
  readonly approvedHow?: string | null | undefined;
  /** A retry of 2026-07-28: `callId` is that of the call it goes on with, `frame` what goes upstream. */
  readonly continues?: Continued;
}

/** What a retry goes on with, by the `requestState` that it came with. */
export interface Continued {
  readonly state: RequestState;
  /** The bytes as the agent sent them; `null` where it only resumed a stream. */
  readonly sent: Uint8Array | null;
  /** When the call began to wait, where its deadline runs on. */
  readonly startedAt?: number;
}

export function methodOf({ frame }: Pick<Incoming, 'frame'>): string {
  return 'method' in frame.message ? frame.message.method : '';
}

export function targetOf({ frame }: Pick<Incoming, 'frame'>): string {
  const { name, uri } = callTarget(frame.message);
  return name ?? uri ?? '';
}

/** What every record of this message begins with. */
export function recordOf(incoming: Incoming, kind: string): EntryDraft {
  return {
    kind,
    connection: { id: incoming.connection.id, slug: incoming.connection.slug },
    sessionId: incoming.session.id,
    callId:
      'callId' in incoming && typeof incoming.callId === 'string' ? incoming.callId : undefined,
    approvalId:
      'approvalId' in incoming && typeof incoming.approvalId === 'string'
        ? incoming.approvalId
        : undefined,
    who: incoming.caller.key,
    method: methodOf(incoming),
    target: targetOf(incoming),
  };
}

/** What the record of a message says of how it was judged. */
export function decided({
  effect,
  decision,
  policyVersion,
}: Pick<Judgement, 'effect' | 'decision' | 'policyVersion'>) {
  return {
    effect,
    observed: decision.observed.map(({ ruleId }) => ruleId),
    data: { policy: policyVersion, decision },
  } satisfies Partial<EntryDraft>;
}

import type { Caller, StoredDecision, StoredStep } from '@holdpoint/contracts';
import type { ApprovalState } from '@holdpoint/approval';

/** What makes two calls "the same call": a release forwards exactly this. */
export interface CallIdentity {
  readonly callerKey: string;
  readonly connectionId: string;
  readonly method: string;
  /** Tool or prompt name, or resource URI; empty where the method has none. */
  readonly target: string;
  readonly paramsDigest: string;
}

export interface ClientInfo {
  readonly name: string | null;
  readonly version: string | null;
}

/** One row of `approval`, dates read as database time. */
export interface ApprovalRecord extends CallIdentity {
  readonly id: string;
  readonly callId: string;
  readonly sessionId: string;
  readonly caller: Caller;
  readonly client: ClientInfo;
  readonly toolDigest: string;
  readonly policyVersion: number;
  readonly freezeEpoch: number;
  readonly decision: StoredDecision;
  readonly steps: readonly StoredStep[];
  readonly state: ApprovalState;
  readonly stateReason: string | null;
  readonly requestFrameId: string;
  readonly answerFrameId: string | null;
  readonly heldAt: Date;
  readonly expiresAt: Date;
  readonly settledAt: Date | null;
  readonly releaseExpiresAt: Date | null;
  readonly claimedAt: Date | null;
  readonly answeredAt: Date | null;
  readonly deliveredAt: Date | null;
  readonly waiterId: string | null;
  /** A waiter that is alive: its lease runs and its process holds its lock. */
  readonly agentWaiting: boolean;
}

/** What is new about a call that is held. */
export interface HoldDraft extends CallIdentity {
  readonly approvalId: string;
  readonly callId: string;
  readonly sessionId: string;
  readonly caller: Caller;
  readonly client: ClientInfo;
  readonly toolDigest: string;
  readonly policyVersion: number;
  readonly freezeEpoch: number;
  readonly decision: StoredDecision;
  readonly steps: readonly StoredStep[];
  readonly requestFrameId: string;
  readonly approvalWindowMs: number;
}

export interface VerdictRow {
  readonly id: string;
  readonly step: number;
  readonly personKey: string;
  readonly personName: string;
  readonly personEmail: string | null;
  readonly verdict: 'approve' | 'deny';
  readonly reason: string | null;
  readonly at: Date;
}

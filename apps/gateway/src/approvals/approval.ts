import type {
  Caller,
  Rejudged,
  StoredDecision,
  StoredStep,
  TimerEvent,
  VerdictVia,
} from '@holdpoint/contracts';
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

/** The time of the step that is asked, on the database's clock. */
export interface ApprovalTimers {
  /** Of which step. */
  readonly step: number;
  /** How many of its timers fired. */
  readonly fired: number;
  readonly openedAt: Date;
  /** When it is denied if nobody decides. */
  readonly endsAt: Date;
  /** Reminders and rounds of all steps. */
  readonly log: readonly TimerEvent[];
}

/** One row of `approval`, dates read as database time. */
export interface ApprovalRecord extends CallIdentity {
  readonly id: string;
  readonly callId: string;
  readonly sessionId: string;
  readonly caller: Caller;
  readonly client: ClientInfo;
  /** Of what was asked; another than `paramsDigest`, which is of what runs, where it was edited. */
  readonly askedDigest: string;
  /** The change of the arguments that would run, and who proposed it. */
  readonly editId: string | null;
  readonly editorKey: string | null;
  readonly toolDigest: string;
  /** Under which it may be claimed; judging it again moves it on. */
  readonly policyVersion: number;
  /** In force when it was held: what it masks stays masked. */
  readonly heldPolicyVersion: number;
  readonly freezeEpoch: number;
  readonly decision: StoredDecision;
  readonly steps: readonly StoredStep[];
  /** What a policy that was published meanwhile added, the latest time. */
  readonly rejudged: Rejudged | null;
  /** `null` where an older process held it, until the sweep has seen it. */
  readonly timers: ApprovalTimers | null;
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
  /** Whose place it takes; `null` for one's own. */
  readonly actingForKey: string | null;
  readonly actingForName: string | null;
  readonly verdict: 'approve' | 'deny';
  readonly reason: string | null;
  /** The passkey that signed it; `null` where none was demanded. */
  readonly passkeyId: string | null;
  /** Where it came from, other than the console. */
  readonly via: VerdictVia | null;
  readonly at: Date;
}

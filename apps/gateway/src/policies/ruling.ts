import type {
  ErrorCode,
  ObservedRule,
  RuleReason,
  StoredDecision,
  StoredStep,
} from '@holdpoint/contracts';
import { satisfiable, type OnDeadline, type Reviewers } from '@holdpoint/approval';
import type { MethodClass } from '@holdpoint/mcp';
import type {
  CompiledPolicy,
  Decision,
  DecisionFacts,
  Effect,
  MaskRule,
  RuleOutcome,
} from '@holdpoint/policy';
import type { ConnectionRecord } from '../connections/connection-registry.ts';
import { quarantineReason, type Quarantined } from '../connections/quarantine.ts';
import { whyFrozen, type FreezeInForce } from '../freezes/why-frozen.ts';
import { asSentence } from '../platform/sentence.ts';

/** What a decision is made of beside the policy's answer. */
export interface RulingOn {
  readonly kind: MethodClass;
  readonly method: string;
  readonly connection: ConnectionRecord;
  /** What stops this caller's calls there; `null` where nothing is frozen. */
  readonly frozen: Pick<FreezeInForce, 'scope' | 'title' | 'reason'> | null;
  /** False for a tool that the upstream doesn't list. */
  readonly isToolListed: boolean;
  /** Set where nobody accepted the definition of what is called. */
  readonly quarantined?: Quarantined | undefined;
  /** The people of each rota; without them none is held against a chain. */
  readonly rotas?: ReadonlyMap<string, readonly string[]> | undefined;
  /** What the decision was made with, to be recorded with it. */
  readonly facts?: DecisionFacts | undefined;
}

/** What becomes of a call: the policy's decision under what is frozen, the catalogue and the chains. */
export interface Ruling {
  readonly effect: Effect;
  /** Why it is refused, when the effect is `deny`. */
  readonly refusal: ErrorCode;
  readonly decision: StoredDecision;
  /** What must be satisfied, in order; empty unless held. */
  readonly steps: readonly StoredStep[];
}

const NOBODY_TO_ASK =
  'This call needs an approval, but nobody is left who could satisfy its chain. Ask an admin to correct the chain or its rota.';

/** Pure: a recorded call gets the same ruling as one that comes in, under the same policy. */
export function rule(decision: Decision, chains: CompiledPolicy['chains'], on: RulingOn): Ruling {
  const settled = settle(decision, on);
  const stored = storedDecision(decision, settled, on);
  if (settled.effect !== 'hold')
    return { effect: settled.effect, refusal: settled.refusal, decision: stored, steps: [] };
  const steps = withPasskeys(stepsFor(decision, chains, on), decision);
  if (steps.length > 0)
    return { effect: 'hold', refusal: settled.refusal, decision: stored, steps };
  return {
    effect: 'deny',
    refusal: 'denied',
    decision: { ...stored, effect: 'deny', explanation: NOBODY_TO_ASK },
    steps: [],
  };
}

/** The words of the rules that denied; where no rule did (a freeze, a default), the explanation. */
export function whyDenied({ source, rules, explanation }: StoredDecision): string {
  const said = rules
    .filter((reason) => source !== 'frozen' && reason.effect === 'deny')
    .map((reason) => reason.message)
    .filter((message) => message !== null)
    .map(asSentence);
  return said.length > 0 ? said.join(' ') : asSentence(explanation);
}

interface Settled {
  readonly effect: Effect;
  readonly source: StoredDecision['source'];
  readonly refusal: ErrorCode;
  readonly explanation?: string;
}

const UNLISTED_TOOL: Quarantined = { kind: 'tool', why: 'unlisted', since: undefined };

function settle(decision: Decision, on: RulingOn): Settled {
  const { kind, method, connection, frozen, isToolListed } = on;
  const { source } = decision;
  // What a task came to is an answer like any other; only giving it up may pass a freeze.
  if (kind === 'never-held' && !(frozen && method === 'tasks/get'))
    return { effect: 'allow', source, refusal: 'denied' };
  if (frozen) {
    const explanation = whyFrozen(frozen);
    return { effect: 'deny', source: 'frozen', refusal: 'frozen', explanation };
  }
  if (kind === 'list') {
    // A list passes unless a rule names it; it is filtered and masked instead of held.
    const denied = decision.effect === 'deny' && source === 'rule';
    return { effect: denied ? 'deny' : 'allow', source, refusal: 'denied' };
  }
  if (kind === 'unknown-notification' && decision.effect !== 'allow') {
    return { effect: 'deny', source, refusal: 'denied' };
  }
  const quarantined = method === 'tools/call' && !isToolListed ? UNLISTED_TOOL : on.quarantined;
  if (quarantined === undefined || decision.effect === 'deny')
    return { effect: decision.effect, source, refusal: 'denied' };
  return inQuarantine(decision, quarantined, connection);
}

/** INVARIANT: what nobody accepted is never simply let through, whatever a rule or a mark says. */
function inQuarantine(
  decision: Decision,
  quarantined: Quarantined,
  { quarantine }: ConnectionRecord,
): Settled {
  const reason = quarantineReason(quarantined);
  if (quarantine === 'deny' || quarantined.why === 'blocked')
    return { effect: 'deny', source: 'catalogue', refusal: 'quarantined', explanation: reason };
  if (decision.effect === 'allow') {
    const explanation = `${reason.replace(/\.$/, '')}, so a person looks at the call.`;
    return { effect: 'hold', source: 'catalogue', refusal: 'denied', explanation };
  }
  const explanation =
    quarantined.why === 'unlisted' ? decision.explanation : `${decision.explanation} ${reason}`;
  return { effect: 'hold', source: decision.source, refusal: 'denied', explanation };
}

function storedDecision(decision: Decision, settled: Settled, on: RulingOn): StoredDecision {
  return {
    effect: settled.effect,
    source: settled.source,
    explanation: settled.explanation ?? decision.explanation,
    rules: decision.deciding.map(reasonOf),
    chains: [...decision.chains],
    masks: decision.masks.map(describeMask),
    observed: decision.outcomes.flatMap((outcome) => observedRule(outcome, decision, on)),
    counts: { ...on.facts?.counts },
  };
}

function reasonOf(outcome: RuleOutcome): RuleReason {
  return {
    ruleId: outcome.ruleId,
    effect: outcome.effect ?? null,
    description: outcome.description ?? null,
    message: outcome.message ?? null,
    keyword: outcome.condition?.keyword ?? null,
    condition: outcome.condition?.source ?? null,
    error: outcome.condition?.error ?? null,
  };
}

/** What an observing rule that applies, or can't be checked, would have made of the call. */
function observedRule(
  outcome: RuleOutcome,
  decision: Decision,
  on: RulingOn,
): readonly ObservedRule[] {
  const erred = outcome.condition?.value === 'error';
  if (!outcome.observed || !(outcome.matched || erred)) return [];
  const wouldBe = settle(withRule(decision, outcome.effect, erred), on).effect;
  return [{ ...reasonOf(outcome), wouldBe }];
}

const STRICTEST: readonly Effect[] = ['deny', 'hold', 'allow'];

/** The decision with one more rule in force; one that only masks changes nothing of it. */
function withRule(decision: Decision, effect: Effect | undefined, erred: boolean): Decision {
  if (effect === undefined) return decision;
  // INVARIANT: as in the engine, an erring rule never adds `allow`.
  const added = erred && effect === 'allow' ? 'hold' : effect;
  const isRuled = decision.source === 'rule' || decision.source === 'error';
  const effects = new Set(isRuled ? [added, decision.effect] : [added]);
  const strictest = STRICTEST.find((one) => effects.has(one)) ?? 'deny';
  return { ...decision, effect: strictest, source: 'rule' };
}

function describeMask(mask: MaskRule): string {
  return 'field' in mask ? `${mask.field} (${mask.as})` : `${mask.detect.join(', ')} (${mask.as})`;
}

/** The chains of all matching holds, one after the other; `null` stands for the connection's default chain. */
function stepsFor(
  decision: Decision,
  chains: Chains,
  { connection, rotas }: RulingOn,
): readonly StoredStep[] {
  const wanted = decision.chains.length === 0 ? [null] : [...new Set(decision.chains)];
  const steps = wanted.map((name) =>
    name === null ? defaultSteps(connection) : chainSteps(name, chains, connection),
  );
  // A chain that nobody can satisfy means deny: an empty one must not vanish between others.
  if (steps.some((chain) => chain.length === 0)) return [];
  return satisfiable(steps.flat(), { rotas }).ok ? steps.flat() : [];
}

/** INVARIANT: one holding rule that demands a passkey demands it of every step of the call. */
function withPasskeys(steps: readonly StoredStep[], { deciding }: Decision): readonly StoredStep[] {
  const passkeyRules = deciding
    .filter(({ stepUp }) => stepUp === 'passkey')
    .map(({ ruleId }) => ruleId);
  return passkeyRules.length === 0 ? steps : steps.map((step) => ({ ...step, passkeyRules }));
}

type Chains = CompiledPolicy['chains'];

function defaultSteps(connection: ConnectionRecord): readonly StoredStep[] {
  return connection.chain.map((step) => ({
    chain: 'default',
    reviewers: storedReviewers(step),
    quorum: step.quorum,
    deadlineMs: step.deadlineMs ?? connection.approvalWindowMs,
    onDeadline: step.onDeadline ?? 'deny',
  }));
}

function chainSteps(
  name: string,
  chains: Chains,
  connection: ConnectionRecord,
): readonly StoredStep[] {
  return (chains.get(name)?.steps ?? []).map((step) => ({
    chain: name,
    reviewers: storedReviewers(step.reviewers),
    quorum: step.quorum,
    deadlineMs: step.deadlineMs ?? connection.approvalWindowMs,
    onDeadline: storedOnDeadline(step.onDeadline),
  }));
}

function storedReviewers({ groups, people, onCall }: Reviewers): StoredStep['reviewers'] {
  return {
    groups: [...groups],
    people: [...people],
    ...(onCall !== undefined && { onCall }),
  };
}

function storedOnDeadline(then: OnDeadline): StoredStep['onDeadline'] {
  if (then === 'deny' || then.kind === 'remind') return then;
  const rounds = then.rounds.map(({ to, forMs }) => ({ to: storedReviewers(to), forMs }));
  return { kind: 'escalate', rounds };
}

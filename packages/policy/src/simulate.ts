import type { CompiledPolicy } from './compile.ts';
import type { Decision, DecisionSource, RuleOutcome } from './decision.ts';
import { EFFECTS, type Effect, type MaskRule } from './schema.ts';

/** One step of an approval as a simulation counts it. */
export interface SimulatedStep {
  readonly chain: string;
  readonly reviewers: {
    readonly groups: readonly string[];
    readonly people: readonly string[];
    /** Name of a rota. */
    readonly onCall?: string | undefined;
  };
  /** How many distinct people it takes. */
  readonly quorum: number;
}

/** What would become of a call under one policy. */
export interface SimulatedRuling {
  readonly effect: Effect;
  readonly source: string;
  readonly decision: Pick<Decision, 'deciding' | 'outcomes' | 'masks'>;
  /** Empty unless held. */
  readonly steps: readonly SimulatedStep[];
}

/** One ruling as it is shown beside its call. */
export interface RulingInShort {
  readonly effect: Effect;
  readonly source: string;
  /** The rules that the effect comes from. */
  readonly rules: readonly string[];
}

/** A call that a draft changes something for. */
export interface ChangedCall<Call> {
  readonly call: Call;
  readonly before: RulingInShort;
  readonly after: RulingInShort;
}

/** Calls that change in the same way; of many only the newest are kept. */
export interface ChangedCalls<Call> {
  readonly count: number;
  readonly calls: readonly ChangedCall<Call>[];
}

export interface Flip<Call> extends ChangedCalls<Call> {
  readonly from: Effect;
  readonly to: Effect;
}

/** How often something came up under each of the two policies. */
export interface BeforeAfter {
  readonly before: number;
  readonly after: number;
}

/** Verdicts that one step of one chain asks of its reviewers. */
export interface ApprovalLoad extends BeforeAfter {
  readonly chain: string;
  readonly reviewers: SimulatedStep['reviewers'];
  /** Of those, how many came while whom was on call by the step's rota; empty where it has none. */
  readonly turns: readonly Turn[];
}

export interface Turn extends BeforeAfter {
  /** Person key; `undefined` where nobody was on call. */
  readonly person: string | undefined;
}

/** Who was on call by a rota when the call came; `undefined` where nobody was. */
export type OnCallThen = (rota: string) => string | undefined;

/** What one rule did in a simulation. */
export interface RuleTally {
  /** Calls that it applied to. */
  readonly matched: number;
  /** Calls whose effect came from it. */
  readonly decided: number;
  /** Calls on which it couldn't be checked. */
  readonly erred: number;
  /** Calls that waited because of it. */
  readonly held: number;
  /** For a rule that only observes: calls whose effect it would have changed. */
  readonly wouldChange: number;
}

export interface SimulatedRule {
  readonly ruleId: string;
  readonly effect: Effect | undefined;
  readonly observed: boolean;
  /** `undefined` where this policy doesn't have the rule. */
  readonly before: RuleTally | undefined;
  readonly after: RuleTally | undefined;
}

export interface SimulationResult<Call> {
  readonly judged: number;
  readonly totals: Readonly<Record<Effect, BeforeAfter>>;
  readonly flips: readonly Flip<Call>[];
  /** Held before and after, but by other steps. */
  readonly rerouted: ChangedCalls<Call>;
  /** Calls whose answers would be masked in other ways. */
  readonly masks: { readonly more: number; readonly fewer: number; readonly other: number };
  /** Where what was done at the time isn't what the policy in force would do. */
  readonly drift: readonly {
    readonly recorded: Effect;
    readonly now: Effect;
    readonly count: number;
  }[];
  readonly holds: BeforeAfter;
  readonly load: readonly ApprovalLoad[];
  /** In the order of their ids. */
  readonly rules: readonly SimulatedRule[];
}

/** How many calls of each kind of change are kept. */
export const KEPT_CALLS = 200;

/**
 * Adds up what two policies make of the same calls: one in force, and one that is a draft. Memory
 * grows with the number of rules, not with the number of calls.
 *
 * @typeParam Call - whatever the caller wants back with a change
 */
export class Simulation<Call> {
  #judged = 0;
  readonly #totals = { allow: zero(), hold: zero(), deny: zero() };
  readonly #flips = new Map<string, Kept<Call> & { readonly from: Effect; readonly to: Effect }>();
  readonly #rerouted: Kept<Call> = { count: 0, calls: [] };
  readonly #masks = { more: 0, fewer: 0, other: 0 };
  readonly #drift = new Map<string, { recorded: Effect; now: Effect; count: number }>();
  readonly #load = new Map<string, LoadOf>();
  readonly #before: RuleTallies;
  readonly #after: RuleTallies;

  constructor(inForce: CompiledPolicy, draft: CompiledPolicy) {
    this.#before = new RuleTallies(inForce);
    this.#after = new RuleTallies(draft);
  }

  /**
   * Calls come in the order of their times, so that those kept are the newest.
   *
   * @param recorded - what was done with the call at the time
   */
  add(
    call: Call,
    recorded: Effect,
    before: SimulatedRuling,
    after: SimulatedRuling,
    onCall: OnCallThen,
  ): void {
    this.#judged += 1;
    this.#totals[before.effect].before += 1;
    this.#totals[after.effect].after += 1;
    this.#before.add(before);
    this.#after.add(after);
    this.#addLoad(before, 'before', onCall);
    this.#addLoad(after, 'after', onCall);
    this.#addMasks(before.decision.masks, after.decision.masks);
    if (recorded !== before.effect) this.#addDrift(recorded, before.effect);
    const change = () => ({ call, before: inShort(before), after: inShort(after) });
    if (before.effect !== after.effect) keep(this.#flip(before.effect, after.effect), change());
    else if (after.effect === 'hold' && stepsKey(before) !== stepsKey(after)) {
      keep(this.#rerouted, change());
    }
  }

  result(): SimulationResult<Call> {
    const rank = ({ from, to }: Flip<Call>) => EFFECTS.indexOf(to) * 3 + EFFECTS.indexOf(from);
    const flips = [...this.#flips.values()].map((flip) => ({
      ...flip,
      calls: flip.calls.toReversed(),
    }));
    return {
      judged: this.#judged,
      totals: this.#totals,
      // The strictest first: what is denied from now on interests most.
      flips: flips.toSorted((a, b) => rank(b) - rank(a)),
      rerouted: { ...this.#rerouted, calls: this.#rerouted.calls.toReversed() },
      masks: this.#masks,
      drift: [...this.#drift.values()],
      holds: this.#totals.hold,
      load: [...this.#load.values()].map(({ step, before, after, turns }) => ({
        chain: step.chain,
        reviewers: step.reviewers,
        before,
        after,
        turns: [...turns].map(([person, counts]) => ({ person, ...counts })),
      })),
      rules: rulesOf(this.#before, this.#after),
    };
  }

  #flip(from: Effect, to: Effect): Kept<Call> {
    return getOrMake(this.#flips, `${from} ${to}`, () => ({ from, to, count: 0, calls: [] }));
  }

  #addDrift(recorded: Effect, now: Effect): void {
    const make = () => ({ recorded, now, count: 0 });
    getOrMake(this.#drift, `${recorded} ${now}`, make).count += 1;
  }

  #addLoad({ steps }: SimulatedRuling, when: 'before' | 'after', onCallThen: OnCallThen): void {
    for (const step of steps) {
      const { groups, people, onCall } = step.reviewers;
      const key = JSON.stringify([step.chain, groups, people, onCall]);
      const load = getOrMake(this.#load, key, () => ({ step, ...zero(), turns: new Map() }));
      load[when] += step.quorum;
      if (onCall !== undefined)
        getOrMake(load.turns, onCallThen(onCall), zero)[when] += step.quorum;
    }
  }

  #addMasks(before: readonly MaskRule[], after: readonly MaskRule[]): void {
    if (before === after) return;
    const [old, fresh] = [maskKeys(before), maskKeys(after)];
    const added = [...fresh].some((key) => !old.has(key));
    const removed = [...old].some((key) => !fresh.has(key));
    if (added && removed) this.#masks.other += 1;
    else if (added) this.#masks.more += 1;
    else if (removed) this.#masks.fewer += 1;
  }
}

interface LoadOf {
  readonly step: SimulatedStep;
  before: number;
  after: number;
  readonly turns: Map<string | undefined, { before: number; after: number }>;
}

interface Kept<Call> {
  count: number;
  readonly calls: ChangedCall<Call>[];
}

function keep<Call>(kept: Kept<Call>, call: ChangedCall<Call>): void {
  kept.count += 1;
  kept.calls.push(call);
  if (kept.calls.length > KEPT_CALLS) kept.calls.shift();
}

function inShort({ effect, source, decision }: SimulatedRuling): RulingInShort {
  return { effect, source, rules: decision.deciding.map(({ ruleId }) => ruleId) };
}

function stepsKey({ steps }: SimulatedRuling): string {
  return JSON.stringify(
    steps.map(({ chain, reviewers, quorum }) => [
      chain,
      reviewers.groups,
      reviewers.people,
      reviewers.onCall,
      quorum,
    ]),
  );
}

/** The same rules give the very same list, so its keys are made once. */
const MASK_KEYS = new WeakMap<readonly MaskRule[], ReadonlySet<string>>();

function maskKeys(masks: readonly MaskRule[]): ReadonlySet<string> {
  const known = MASK_KEYS.get(masks);
  if (known !== undefined) return known;
  // One detector is one mask: `[email, phone]` and `[email]` plus `[phone]` are the same.
  const keys = masks.flatMap((mask) =>
    'field' in mask
      ? [JSON.stringify(['field', mask.field, mask.as])]
      : mask.detect.map((detector) => JSON.stringify(['detect', detector, mask.as])),
  );
  const made = new Set(keys);
  MASK_KEYS.set(masks, made);
  return made;
}

/** What each rule of one policy did. */
class RuleTallies {
  readonly rules: ReadonlyMap<string, CompiledPolicy['rules'][number]>;
  readonly tallies: ReadonlyMap<string, { -readonly [Key in keyof RuleTally]: RuleTally[Key] }>;

  constructor({ rules }: CompiledPolicy) {
    const none = () => ({ matched: 0, decided: 0, erred: 0, held: 0, wouldChange: 0 });
    this.rules = new Map(rules.map((rule) => [rule.id, rule]));
    this.tallies = new Map(rules.map((rule) => [rule.id, none()]));
  }

  add({ effect, source, decision }: SimulatedRuling): void {
    for (const outcome of decision.outcomes) {
      const tally = this.tallies.get(outcome.ruleId);
      if (tally === undefined) continue;
      if (outcome.matched) tally.matched += 1;
      if (outcome.condition?.value === 'error') tally.erred += 1;
      if (wouldChange(outcome, effect, source)) tally.wouldChange += 1;
    }
    for (const { ruleId } of decision.deciding) {
      const tally = this.tallies.get(ruleId);
      if (tally === undefined) continue;
      tally.decided += 1;
      if (effect === 'hold') tally.held += 1;
    }
  }
}

/** Whether a rule in observe mode, enforced, would change the effect that the others give. */
function wouldChange(outcome: RuleOutcome, effect: Effect, source: string): boolean {
  if (!outcome.observed || outcome.effect === undefined) return false;
  const erred = outcome.condition?.value === 'error';
  if (!outcome.matched && !erred) return false;
  const asked = erred && outcome.effect !== 'deny' ? 'hold' : outcome.effect;
  // Any rule beats the default; among rules the stricter one wins.
  if (NO_RULE.has(source)) return asked !== effect;
  return EFFECTS.indexOf(asked) > EFFECTS.indexOf(effect);
}

const NO_RULE: ReadonlySet<string> = new Set<DecisionSource>(['default', 'read-only-mark']);

function rulesOf(before: RuleTallies, after: RuleTallies): readonly SimulatedRule[] {
  const ids = new Set([...before.rules.keys(), ...after.rules.keys()]);
  return [...ids].toSorted(inOrder).map((ruleId) => {
    const rule = after.rules.get(ruleId) ?? before.rules.get(ruleId);
    return {
      ruleId,
      effect: rule?.effect,
      observed: rule?.observed ?? false,
      before: before.tallies.get(ruleId),
      after: after.tallies.get(ruleId),
    };
  });
}

function inOrder(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function zero(): { before: number; after: number } {
  return { before: 0, after: 0 };
}

function getOrMake<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

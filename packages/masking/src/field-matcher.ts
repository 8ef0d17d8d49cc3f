import { strongest } from './compile-masks.ts';
import { ANY, type FieldRule, fold, ONE } from './field-pattern.ts';

interface Position {
  readonly rule: FieldRule;
  readonly at: number;
}

/** How far the rules have matched on the way to a value. */
export interface FieldState {
  readonly positions: readonly Position[];
  /** Of the rules whose whole pattern has matched, the one that leaves least. */
  readonly rule: FieldRule | undefined;
  /** Steps taken before: rows repeat their keys. */
  readonly steps: Map<string, FieldState>;
}

/** What is remembered. Keys are the upstream's: neither many nor long ones pile up. */
const MAX_STEPS = 8192;
const MAX_KEY = 128;
/** No JSON key of a step: every index takes the same one unless a pattern names an index. */
const ANY_INDEX = '\u0000[]';

/** Follows field patterns down a tree: a lazily built automaton, kept from message to message. */
export class FieldMatcher {
  readonly #states = new Map<string, FieldState>();
  readonly #joined = new Map<FieldState, FieldState>();
  readonly #namesIndex: boolean;
  #steps = 0;
  /** Before the first name. */
  readonly start: FieldState;
  /** Where no field pattern reaches. */
  readonly nowhere: FieldState;

  constructor(rules: readonly FieldRule[]) {
    this.nowhere = this.#state([]);
    this.start = this.#state(rules.map((rule) => ({ rule, at: 0 })));
    this.#namesIndex = rules.some(({ segments }) =>
      segments.some((segment) => typeof segment === 'string' && /^\d+$/.test(segment)),
    );
  }

  /** Whether it can learn nothing more: the next message gets a new one. */
  get isFull(): boolean {
    return this.#steps >= MAX_STEPS || this.#states.size >= MAX_STEPS;
  }

  /**
   * The state one key or index further.
   *
   * Names are compared without regard to case, invisible characters and normal form; an index may be left out
   * of a pattern (`rows.salary` is `rows[*].salary`): a mask that is too wide is the lesser harm.
   */
  step(from: FieldState, key: string | number): FieldState {
    if (from.positions.length === 0) return from;
    const name =
      typeof key === 'string' ? key : this.#namesIndex ? `${ANY_INDEX}${key}` : ANY_INDEX;
    const known = from.steps.get(name);
    if (known !== undefined) return known;
    const folded = fold(String(key));
    const next = this.#state(
      from.positions.flatMap((position) => advance(position, folded, typeof key === 'number')),
    );
    if (this.#steps < MAX_STEPS && name.length <= MAX_KEY) {
      this.#steps += 1;
      from.steps.set(name, next);
    }
    return next;
  }

  /** Also from the start: JSON in a text is a place inside a value, and a value of its own. */
  restart(at: FieldState): FieldState {
    const known = this.#joined.get(at);
    if (known !== undefined) return known;
    const joined = this.#state([...this.start.positions, ...at.positions]);
    this.#joined.set(at, joined);
    return joined;
  }

  /** Equal progress is the same object, so that the steps from it are found again. */
  #state(reached: readonly Position[]): FieldState {
    const positions = closure(reached);
    const name = positions.map(({ rule, at }) => `${rule.ruleIndex}.${at}`).join();
    const known = this.#states.get(name);
    if (known !== undefined) return known;
    const done = positions.filter(({ rule, at }) => at === rule.segments.length);
    const state = { positions, rule: strongest(done.map(({ rule }) => rule)), steps: new Map() };
    if (this.#states.size < MAX_STEPS) this.#states.set(name, state);
    return state;
  }
}

function advance({ rule, at }: Position, name: string, isIndex: boolean): readonly Position[] {
  const segment = rule.segments[at];
  if (segment === undefined) return [];
  if (segment === ANY) return [{ rule, at }];
  const isTaken = segment === ONE || segment === name;
  const taken = isTaken ? [{ rule, at: at + 1 }] : [];
  return isIndex ? [...taken, { rule, at }] : taken;
}

/** Adds what `**` reaches by standing for nothing, and leaves doubles out. */
function closure(positions: readonly Position[]): readonly Position[] {
  const seen = new Map<FieldRule, Set<number>>();
  const all: Position[] = [];
  for (const { rule, at } of positions) {
    const done = seen.get(rule) ?? new Set<number>();
    seen.set(rule, done);
    for (let next = at; !done.has(next); next += 1) {
      done.add(next);
      all.push({ rule, at: next });
      if (rule.segments[next] !== ANY) break;
    }
  }
  return all;
}

import type { CompiledPolicy, CompiledRule } from './compile.ts';
import type { CallSubject } from './match.ts';

/** An agent chooses the names that it calls, so what is remembered of them must not pile up. */
const MAX_REMEMBERED = 1_000;
const MAX_NAME_LENGTH = 200;

/**
 * Rules, so that a call is only held against those which may be about it. It leaves out what
 * surely isn't about a call and nothing else: a rule judges alike with it and without.
 */
export class RuleIndex {
  /** In the order of ids, so that the order of rules in the file can't show anywhere. */
  readonly #rules: readonly CompiledRule[];
  readonly #remembered = new Map<string, readonly CompiledRule[]>();

  constructor(rules: readonly CompiledRule[]) {
    this.#rules = rules.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** The rules that may be about calls of this connection, method and name, in order. */
  candidates(subject: CallSubject): readonly CompiledRule[] {
    const key = keyOf(subject);
    const known = this.#remembered.get(key);
    if (known !== undefined) return known;
    const candidates = this.#rules.filter((rule) => rule.concerns(subject));
    if (key.length > MAX_NAME_LENGTH) return candidates;
    if (this.#remembered.size >= MAX_REMEMBERED) this.#remembered.clear();
    this.#remembered.set(key, candidates);
    return candidates;
  }
}

/** With lengths: names are an agent's, and no two subjects may share a key. */
function keyOf({ connection, method, target }: CallSubject): string {
  const { name } = connection;
  const called = target.name === undefined ? '' : `:${target.name}`;
  return `${name.length}:${name}${method.length}:${method}${called}`;
}

interface PolicyIndex {
  readonly all: RuleIndex;
  /** What may keep a tool out of a list: denies whatever the arguments. */
  readonly denying: RuleIndex;
  /** What asks for counts of earlier calls. */
  readonly counting: RuleIndex;
}

/** A compiled policy judges many calls: what depends on it alone is worked out once. */
const INDEXES = new WeakMap<CompiledPolicy, PolicyIndex>();

export function indexOf(policy: CompiledPolicy): PolicyIndex {
  const known = INDEXES.get(policy);
  if (known !== undefined) return known;
  const { rules } = policy;
  const index = {
    all: new RuleIndex(rules),
    denying: new RuleIndex(rules.filter(deniesWhateverTheArguments)),
    counting: new RuleIndex(rules.filter((rule) => windowsOf(rule).length > 0)),
  };
  INDEXES.set(policy, index);
  return index;
}

/** The windows of `count(…)` that a rule asks for. */
export function windowsOf({ when, unless }: CompiledRule): readonly string[] {
  return [...(when?.windows ?? []), ...(unless?.windows ?? [])];
}

function deniesWhateverTheArguments({ effect, observed, when, unless }: CompiledRule): boolean {
  return (
    effect === 'deny' &&
    !observed &&
    when?.independentOfArguments !== false &&
    unless?.independentOfArguments !== false
  );
}

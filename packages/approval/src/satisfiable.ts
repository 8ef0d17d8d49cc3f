import { circlesOf, isQuorum, type ChainStep } from './chain.ts';

export type UnsatisfiableReason =
  | 'bad_quorum'
  | 'bad_deadline'
  | 'nobody'
  | 'too_few_people'
  | 'unknown_groups'
  | 'unknown_rota'
  | 'empty_rota';

export type Satisfiability =
  | { readonly ok: true }
  | { readonly ok: false; readonly code: 'no_steps' }
  | {
      readonly ok: false;
      readonly code: UnsatisfiableReason;
      readonly step: number;
      /** The rota that it is about. */
      readonly rota?: string;
    };

/** What is known of the people behind a chain's names. What is left out isn't held against it. */
export interface KnownPeople {
  /** Groups known to have members. */
  readonly groups?: Iterable<string> | undefined;
  /** Person keys that may not decide: the caller's person, the service's owner. */
  readonly excluded?: Iterable<string> | undefined;
  /** The people of each rota, by its name. */
  readonly rotas?: ReadonlyMap<string, readonly string[]> | undefined;
}

/**
 * Can these steps ever be approved? A hold that can't is a deny, told at once. A step counts with
 * everyone whom its deadline brings in.
 */
export function satisfiable(steps: readonly ChainStep[], known: KnownPeople = {}): Satisfiability {
  if (steps.length === 0) return { ok: false, code: 'no_steps' };
  const groups = known.groups === undefined ? undefined : new Set(known.groups);
  const excluded = new Set(known.excluded);
  for (const [step, one] of steps.entries()) {
    const why = whyUnsatisfiable(one, { groups, excluded, rotas: known.rotas });
    if (why !== null) return { ok: false, step, ...why };
  }
  return { ok: true };
}

interface Known {
  readonly groups: ReadonlySet<string> | undefined;
  readonly excluded: ReadonlySet<string>;
  readonly rotas: ReadonlyMap<string, readonly string[]> | undefined;
}

interface Why {
  readonly code: UnsatisfiableReason;
  readonly rota?: string;
}

function whyUnsatisfiable(step: ChainStep, known: Known): Why | null {
  if (!isQuorum(step.quorum)) return { code: 'bad_quorum' };
  if (!hasTime(step)) return { code: 'bad_deadline' };
  const circles = circlesOf(step);
  const groups = circles.flatMap((one) => one.groups).filter((group) => group !== '');
  const named = circles.flatMap((one) => one.people);
  const people = new Set(named.filter((person) => person !== '' && !known.excluded.has(person)));
  const rotas = [...new Set(circles.flatMap(({ onCall }) => onCall ?? []))].filter((name) => name);
  if (groups.length === 0 && people.size === 0 && rotas.length === 0) return { code: 'nobody' };
  // How many people a group has is the identity provider's knowledge: one that exists may be enough.
  if (groups.some((group) => known.groups === undefined || known.groups.has(group))) return null;
  const faults = rotas.map((rota) => rotaFault(rota, known));
  // One person at a time is on call, so a rota adds one however many it has.
  const onCall = faults.filter((fault) => fault === null).length;
  if (people.size + onCall >= step.quorum) return null;
  const fault = faults.find((one) => one !== null);
  if (fault) return fault;
  return { code: groups.length > 0 ? 'unknown_groups' : 'too_few_people' };
}

function rotaFault(rota: string, { rotas, excluded }: Known): Why | null {
  if (rotas === undefined) return null;
  const people = rotas.get(rota);
  if (people === undefined) return { code: 'unknown_rota', rota };
  return people.some((person) => !excluded.has(person)) ? null : { code: 'empty_rota', rota };
}

function hasTime({ deadlineMs, onDeadline }: ChainStep): boolean {
  if (!(deadlineMs > 0)) return false;
  if (onDeadline === 'deny') return true;
  return onDeadline.kind === 'remind'
    ? onDeadline.everyMs > 0 && isQuorum(onDeadline.atMost)
    : onDeadline.rounds.length > 0 && onDeadline.rounds.every(({ forMs }) => forMs > 0);
}

import type { GivenRow, HeldRow } from './numbers.sql.ts';

export interface StepWait {
  readonly chain: string;
  /** In its chain, from 1. */
  readonly position: number;
  /** A rota is named like a group. */
  readonly groups: readonly string[];
  readonly people: readonly string[];
  readonly ms: number;
}

/**
 * How long each decided step of an approval was due. A step that nobody decided has no time yet, and one
 * from before a change of arguments none any more: what it asked about is not what would run.
 */
export function stepWaits(held: HeldRow, given: readonly GivenRow[]): readonly StepWait[] {
  const waits: StepWait[] = [];
  const positions = new Map<string, number>();
  const { rejudged } = held;
  const addedAfter = rejudged?.wasApproved ? held.steps.length - rejudged.addedSteps : null;
  let dueAt: number | undefined = (held.begun_at ?? held.held_at).getTime();
  for (const [index, step] of held.steps.entries()) {
    if (step.isVoid) continue;
    // Between its approval and the policy that asked for more, nobody was asked.
    if (dueAt !== undefined && rejudged && index === addedAfter)
      dueAt = Math.max(dueAt, rejudged.at.getTime());
    const position = (positions.get(step.chain) ?? 0) + 1;
    positions.set(step.chain, position);
    const decidedAt = decidedAtOf(step.quorum, given, index);
    if (dueAt !== undefined && decidedAt !== undefined) {
      const { people, onCall } = step.reviewers;
      const rota = onCall === undefined ? [] : [`on call: ${onCall}`];
      const groups = [...step.reviewers.groups, ...rota];
      // Two clocks of one database: a hold's and a verdict's may differ by their rounding.
      waits.push({
        chain: step.chain,
        position,
        groups,
        people,
        ms: Math.max(0, decidedAt - dueAt),
      });
    }
    dueAt = decidedAt;
  }
  return waits;
}

/** When the quorum was complete, or somebody denied. */
function decidedAtOf(quorum: number, given: readonly GivenRow[], step: number): number | undefined {
  const here = given.filter((verdict) => verdict.step === step);
  const denied = here.find(({ verdict }) => verdict !== 'approve');
  const agreed = here.filter(({ verdict }) => verdict === 'approve')[quorum - 1];
  return (denied ?? agreed)?.at.getTime();
}

import { circlesOf, type ChainStep, type Reviewers } from './chain.ts';
import { satisfiable } from './satisfiable.ts';

/** Why a chain must not be saved as it is. */
export interface ChainFault {
  readonly step: number;
  readonly at:
    | { readonly part: 'reviewers' | 'onCall' | 'quorum' }
    /** A round of its escalation, counted from 0. */
    | { readonly part: 'round'; readonly round: number };
  readonly message: string;
}

/**
 * What of a chain nobody could ever satisfy, or names what there isn't, for when it is saved. Stricter
 * than {@link satisfiable}: a rota that isn't there is a mistake even beside a group that is.
 *
 * @param rotas the people of each rota, by its name
 */
export function chainFaults(
  steps: readonly ChainStep[],
  rotas: ReadonlyMap<string, readonly string[]>,
): readonly ChainFault[] {
  return steps.flatMap((step, index) => {
    const named = circlesOf(step).flatMap((circle, round): ChainFault[] => {
      const message = circleFault(circle, rotas);
      if (message === undefined) return [];
      const part = isNobody(circle) ? 'reviewers' : 'onCall';
      const at = round === 0 ? ({ part } as const) : ({ part: 'round', round: round - 1 } as const);
      return [{ step: index, at, message }];
    });
    if (named.length > 0) return named;
    const result = satisfiable([step], { rotas });
    if (result.ok || result.code === 'bad_deadline') return [];
    return [{ step: index, at: { part: 'quorum' }, message: TOO_FEW }];
  });
}

const TOO_FEW =
  'Nobody could satisfy this step: it asks for more people than it names. A rota counts as one, for one person at a time is on call.';

function circleFault(
  circle: Reviewers,
  rotas: ReadonlyMap<string, readonly string[]>,
): string | undefined {
  if (isNobody(circle)) {
    return 'Name at least one group, person or rota: a step that nobody can satisfy denies every call.';
  }
  const { onCall } = circle;
  if (onCall === undefined) return undefined;
  const people = rotas.get(onCall);
  if (people === undefined) return `There is no rota “${onCall}”. Rotas are made under Account.`;
  return people.length === 0 ? `Nobody takes turns in the rota “${onCall}”.` : undefined;
}

function isNobody({ groups, people, onCall }: Reviewers): boolean {
  return groups.length + people.length === 0 && onCall === undefined;
}

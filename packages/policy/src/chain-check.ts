import { chainFaults, type ChainFault } from '@holdpoint/approval';
import type { Chain } from './chain.ts';
import type { IssueLocator, PolicyIssue } from './locate.ts';

/** What stands for a deadline that is the connection's. */
const SOME_TIME_MS = 1;

/**
 * Steps that nobody could ever satisfy, each at its place in the text. Only where the rotas are known,
 * which is where a policy is written: one that was published once must be read, whatever became of
 * the rotas since.
 */
export function unsatisfiableSteps(
  { name, steps }: Chain,
  locator: IssueLocator,
  rotas: ReadonlyMap<string, readonly string[]> | undefined,
): readonly PolicyIssue[] {
  if (rotas === undefined) return [];
  const timed = steps.map((step) => ({ ...step, deadlineMs: step.deadlineMs ?? SOME_TIME_MS }));
  return chainFaults(timed, rotas).map(({ step, at, message }) =>
    locator.atValue(['chains', name, 'steps', step, ...placeOf(at)], message),
  );
}

function placeOf(at: ChainFault['at']): readonly (string | number)[] {
  switch (at.part) {
    case 'reviewers':
      return ['reviewers'];
    case 'onCall':
      return ['reviewers', 'onCall'];
    case 'quorum':
      return ['quorum'];
    case 'round':
      return ['onDeadline', 'escalate', at.round, 'to'];
    default:
      return at satisfies never;
  }
}

import { chainFaults, type ChainFault, type ChainStep } from '@holdpoint/approval';
import type { ChainStepInput } from '@holdpoint/contracts';

const SOME_TIME_MS = 1;

/** A connection's chain, where what it leaves to the connection doesn't matter. */
export function stepsOfConnection(chain: readonly ChainStepInput[]): readonly ChainStep[] {
  return chain.map(({ groups, people, onCall, quorum, deadlineMs, onDeadline }) => ({
    reviewers: { groups, people, onCall },
    quorum,
    deadlineMs: deadlineMs ?? SOME_TIME_MS,
    onDeadline: onDeadline ?? 'deny',
  }));
}

/**
 * What is wrong with a connection's chain, by the place in its form.
 *
 * @param rotas the people of each rota, by its name
 */
export function chainFaultsByField(
  chain: readonly ChainStepInput[],
  rotas: ReadonlyMap<string, readonly string[]>,
): Readonly<Record<string, string>> {
  const steps = stepsOfConnection(chain);
  return Object.fromEntries(
    chainFaults(steps, rotas).map(({ step, at, message }) => [
      `chain.${step}${placeOf(at)}`,
      message,
    ]),
  );
}

function placeOf(at: ChainFault['at']): string {
  switch (at.part) {
    case 'reviewers':
      return '';
    case 'onCall':
      return '.onCall';
    case 'quorum':
      return '.quorum';
    case 'round':
      return `.onDeadline.rounds.${at.round}`;
    default:
      return at satisfies never;
  }
}

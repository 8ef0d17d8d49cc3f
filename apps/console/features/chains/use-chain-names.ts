'use client';

import { peopleListSchema } from '@holdpoint/contracts';
import type { StepValues } from '@holdpoint/policy/edit';
import { useApi } from '../../lib/use-api.ts';
import { nameIn } from './chain-model.ts';

/** What the people are called whom these steps and their rounds name by key. */
export function useChainNames(steps: readonly StepValues[]): (key: string) => string {
  const keys = [...new Set(steps.flatMap(peopleOf))].sort();
  const query = new URLSearchParams(keys.map((key) => ['key', key]));
  const { data } = useApi(keys.length === 0 ? null : `/api/people?${query}`, peopleListSchema);
  return nameIn(data?.items ?? []);
}

function peopleOf({ people, onDeadline }: StepValues): readonly string[] {
  const rounds = onDeadline?.kind === 'escalate' ? onDeadline.rounds : [];
  return [...people, ...rounds.flatMap(({ to }) => to.people)];
}

'use client';

import { onCallAt } from '@holdpoint/approval';
import { rotaListSchema, type Rota } from '@holdpoint/contracts';
import { useApi } from '../../lib/use-api.ts';
import { lastPart } from './chain-model.ts';

/** The rotas, who is on call by them at an instant, and what people of them are called. */
export function useRotas() {
  const { data } = useApi('/api/rotas', rotaListSchema);
  const rotas = data?.items ?? [];
  const names = new Map(rotas.flatMap((rota) => rota.names.map(({ key, name }) => [key, name])));
  return {
    loaded: data !== undefined,
    names: rotas.map(({ name }) => name),
    onCall: (name: string, at: Date): string | undefined => {
      const rota = rotas.find((one) => one.name === name);
      return rota && onCallAt(timed(rota), at);
    },
    isNamed: (key: string): boolean => names.has(key),
    nameOf: (key: string): string => names.get(key) ?? lastPart(key),
  };
}

function timed({ overrides, ...rota }: Rota) {
  return {
    ...rota,
    overrides: overrides.map(({ person, from, to }) => ({
      person,
      from: new Date(from),
      to: new Date(to),
    })),
  };
}

'use client';

import { policyVocabularySchema } from '@holdpoint/contracts';
import { METHODS, type PolicyReading, type PolicyVocabulary } from '@holdpoint/policy/edit';
import { useMemo } from 'react';
import { useApi } from '../../../lib/use-api.ts';

/** What can be named: what the gateway knows, and what the text itself names already. */
export function useVocabulary(reading: PolicyReading): PolicyVocabulary {
  const { data } = useApi('/api/policy/vocabulary', policyVocabularySchema);
  return useMemo(() => {
    const rules = reading.readable ? reading.rules : [];
    const chains = reading.readable ? reading.chains : [];
    const groups = new Set([
      ...(data?.groups ?? []),
      ...rules.flatMap(({ values }) => values.groups ?? []),
      ...chains.flatMap(({ steps }) => steps.flatMap((step) => step.groups)),
    ]);
    return {
      connections: (data?.connections ?? []).map(({ slug, title, tools }) => {
        return { name: slug, title, tools };
      }),
      groups: [...groups].toSorted(),
      chains: chains.map(({ name }) => name),
      rotas: data?.rotas ?? [],
      methods: METHODS,
    };
  }, [data, reading]);
}

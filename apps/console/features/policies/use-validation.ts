'use client';

import { policyValidationSchema, type PolicyValidation } from '@holdpoint/contracts';
import { useEffect, useState } from 'react';
import { send, toFailure, type ApiFailure } from '../../lib/api.ts';

const PAUSE_MS = 350;

export interface Validation {
  /** What the gateway says about this very text; `undefined` while it has not said yet. */
  readonly result: PolicyValidation | undefined;
  readonly failure: ApiFailure | undefined;
}

/** Asks the gateway about the text when typing pauses. An answer about an older text is not used. */
export function useValidation(source: string): Validation {
  const [answer, setAnswer] = useState<Validation & { source: string }>();
  useEffect(() => {
    let stale = false;
    const timer = setTimeout(() => {
      void send('POST', '/api/policy/validate', { source }, policyValidationSchema)
        .then((result) => ({ source, result, failure: undefined }))
        .catch((error: unknown) => ({ source, result: undefined, failure: toFailure(error) }))
        .then((next) => {
          if (!stale) setAnswer(next);
        });
    }, PAUSE_MS);
    return () => {
      stale = true;
      clearTimeout(timer);
    };
  }, [source]);
  return answer?.source === source ? answer : { result: undefined, failure: undefined };
}

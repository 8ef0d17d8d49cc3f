'use client';

import { policyValidationSchema, type PolicyValidation } from '@holdpoint/contracts';
import { useEffect, useState } from 'react';
import { send, toFailure, type ApiFailure } from '../../lib/api.ts';

const PAUSE_MS = 350;
/** Reading a long policy keeps the gateway from judging calls meanwhile, so it is asked less often. */
const PAUSE_MS_PER_CHARACTER = 0.01;
const RETRY_MS = 4_000;

export interface Validation {
  /** What the gateway says about this very text; `undefined` while it has not said yet. */
  readonly result: PolicyValidation | undefined;
  readonly failure: ApiFailure | undefined;
}

interface Asked {
  readonly source: string;
  readonly cases: string;
  /** A version to tell the changes from. */
  readonly against: number | undefined;
}

/** Asks the gateway about the text when typing pauses. An answer about an older text is not used. */
export function useValidation(source: string, cases: string, against?: number): Validation {
  const [answer, setAnswer] = useState<Validation & Asked>();
  useEffect(() => {
    let stale = false;
    const asked = { source, cases, against };
    const body = { source, cases, ...(against !== undefined && { against }) };
    const ask = () => {
      void send('POST', '/api/policy/validate', body, policyValidationSchema)
        .then((result) => ({ ...asked, result, failure: undefined }))
        .catch((error: unknown) => ({ ...asked, result: undefined, failure: toFailure(error) }))
        .then((next) => {
          if (stale) return;
          setAnswer(next);
          // Without an answer the text can't be published, and nobody may type to ask again.
          if (next.failure !== undefined && isAway(next.failure)) timer = setTimeout(ask, RETRY_MS);
        });
    };
    let timer = setTimeout(ask, PAUSE_MS + source.length * PAUSE_MS_PER_CHARACTER);
    return () => {
      stale = true;
      clearTimeout(timer);
    };
  }, [source, cases, against]);
  const isAbout = answer?.source === source && answer.cases === cases && answer.against === against;
  return isAbout ? answer : { result: undefined, failure: undefined };
}

function isAway({ code }: ApiFailure): boolean {
  return code === 'network' || code === 'database_unavailable';
}

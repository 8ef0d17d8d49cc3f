'use client';

import { trialResultSchema, type TrialInput, type TrialResult } from '@holdpoint/contracts';
import { useEffect, useState } from 'react';
import { send, toFailure, type ApiFailure } from '../../../lib/api.ts';

const PAUSE_MS = 400;

export interface Trial {
  /** Of this very text and call, or of the one before while a new one is awaited. */
  readonly result: TrialResult | undefined;
  readonly failure: ApiFailure | undefined;
  readonly pending: boolean;
}

interface Answer {
  readonly key: string;
  readonly result: TrialResult | undefined;
  readonly failure: ApiFailure | undefined;
}

/** Asks the gateway when typing pauses, in the text or in the call. Without a call it asks nothing. */
export function useTrial(source: string, call: TrialInput['call'] | null): Trial {
  const [answer, setAnswer] = useState<Answer>();
  const body = call === null ? null : JSON.stringify({ source, call } satisfies TrialInput);
  useEffect(() => {
    if (body === null) return;
    let stale = false;
    const timer = setTimeout(() => {
      void send('POST', '/api/policy/try', JSON.parse(body), trialResultSchema)
        .then((result): Answer => ({ key: body, result, failure: undefined }))
        .catch((error: unknown): Answer => {
          return { key: body, result: undefined, failure: toFailure(error) };
        })
        .then((next) => {
          if (!stale) setAnswer(next);
        });
    }, PAUSE_MS);
    return () => {
      stale = true;
      clearTimeout(timer);
    };
  }, [body]);
  if (body === null) return { result: undefined, failure: undefined, pending: false };
  const isCurrent = answer?.key === body;
  return {
    result: answer?.result,
    failure: isCurrent ? answer.failure : undefined,
    pending: !isCurrent,
  };
}

'use client';

import { useState } from 'react';
import { toFailure, type ApiFailure } from './api.ts';

const NO_ERRORS: Readonly<Record<string, string>> = {};

/**
 * One thing that is sent when a person says so: whether it is under way, why it failed, and what the gateway
 * said of which field. What succeeds closes its form, so there is no state for that: until it is gone it can't
 * be sent again.
 *
 * @param options.stays The form is there afterwards, and can be sent again.
 */
export function useSending({ stays = false } = {}) {
  const [sending, setSending] = useState(false);
  const [failure, setFailure] = useState<ApiFailure>();
  const [errors, setErrors] = useState(NO_ERRORS);
  const start = async (work: () => Promise<void>): Promise<void> => {
    setSending(true);
    setFailure(undefined);
    try {
      await work();
      if (stays) setSending(false);
    } catch (caught) {
      const refused = toFailure(caught);
      setFailure(refused);
      setErrors(refused.fields);
      setSending(false);
    }
  };
  return { sending, failure, errors, setErrors, start };
}

/** What the form's own check says of which field: nothing where it is whole. */
export function fieldErrors({
  error,
}: {
  readonly error?: { readonly issues: readonly { path: PropertyKey[]; message: string }[] };
}): Record<string, string> {
  const issues = error?.issues ?? [];
  return Object.fromEntries(issues.map(({ path, message }) => [path.join('.'), message]));
}

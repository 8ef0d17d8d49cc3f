'use client';

import { passkeyListSchema, type PasskeyList } from '@holdpoint/contracts';
import { useApi, type Loaded } from '../../lib/use-api.ts';

/** One's own passkeys; nothing is asked while `wanted` is false. */
export function usePasskeys(wanted = true): Loaded<PasskeyList> {
  return useApi(wanted ? '/api/passkeys' : null, passkeyListSchema);
}

/** Where passkeys are added; from there the way leads back to this very approval. */
export function passkeysPath(approvalId?: string): string {
  return approvalId === undefined
    ? '/settings/passkeys'
    : `/settings/passkeys?approval=${encodeURIComponent(approvalId)}`;
}

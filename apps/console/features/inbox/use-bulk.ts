'use client';

import {
  approvalDetailSchema,
  verdictInputSchema,
  type ApprovalDetail,
  type VerdictInput,
} from '@holdpoint/contracts';
import { useCallback, useEffect, useState } from 'react';
import { get, send, toFailure, type ApiFailure } from '../../lib/api.ts';
import { noteApprovals } from '../../lib/live.tsx';
import { signVerdict } from '../passkeys/authenticator.ts';
import { shownOf } from './shown.ts';

/** Loaded side by side. Verdicts are sent one after the other: each may be about what the last one changed. */
const LOADED_AT_ONCE = 4;

export interface BulkCall {
  readonly id: string;
  readonly approval: ApprovalDetail | undefined;
  readonly failure: ApiFailure | undefined;
  /** What came of its verdict. */
  readonly result: 'none' | 'sending' | 'given' | 'refused';
}

export interface Bulk {
  readonly calls: readonly BulkCall[];
  readonly loading: boolean;
  readonly sending: boolean;
  /** Gives these calls the same verdict, each with a request, and a result, of its own. */
  decide(ids: readonly string[], verdict: 'approve' | { readonly deny: string }): Promise<void>;
}

/** Several approvals, loaded in full to be decided together. */
export function useBulk(ids: readonly string[]): Bulk {
  const [calls, setCalls] = useState<ReadonlyMap<string, BulkCall>>(
    () =>
      new Map(
        ids.map((id) => [id, { id, approval: undefined, failure: undefined, result: 'none' }]),
      ),
  );
  const [loading, setLoading] = useState(true);
  const [sending, setSending] = useState(false);
  const note = useCallback(
    (id: string, change: Partial<BulkCall>) =>
      setCalls((before) => {
        const call = before.get(id);
        return call === undefined ? before : new Map(before).set(id, { ...call, ...change });
      }),
    [],
  );

  // What is loaded is what is shown and decided: hints don't change it under the hand.
  const [first] = useState(ids);
  useEffect(() => {
    let stopped = false;
    const left = [...first];
    const load = async () => {
      for (let id = left.shift(); id !== undefined && !stopped; id = left.shift()) {
        try {
          note(id, { approval: await get(pathOf(id), approvalDetailSchema), failure: undefined });
        } catch (error) {
          note(id, { failure: toFailure(error) });
        }
      }
    };
    void Promise.all(Array.from({ length: LOADED_AT_ONCE }, load)).then(() => {
      if (!stopped) setLoading(false);
    });
    return () => {
      stopped = true;
    };
  }, [first, note]);

  const decide: Bulk['decide'] = async (chosen, verdict) => {
    setSending(true);
    for (const id of chosen) {
      const approval = calls.get(id)?.approval;
      if (approval === undefined || !approval.mayDecide.ok) continue;
      note(id, { result: 'sending', failure: undefined });
      try {
        const input = verdictInputSchema.parse(
          await inputFor(approval, approval.mayDecide.step, verdict),
        );
        // Where a rule asks for a passkey, each call is signed by itself.
        const isSigned = approval.passkey !== null && input.verdict === 'approve';
        const given = isSigned ? await signVerdict(approval.id, input) : input;
        await send('POST', `${pathOf(id)}/verdict`, given, approvalDetailSchema);
        note(id, { result: 'given' });
      } catch (error) {
        note(id, { result: 'refused', failure: toFailure(error) });
      }
    }
    setSending(false);
    noteApprovals(chosen);
  };
  return { calls: [...calls.values()], loading, sending, decide };
}

async function inputFor(
  approval: ApprovalDetail,
  step: number,
  verdict: 'approve' | { readonly deny: string },
): Promise<VerdictInput> {
  return verdict === 'approve'
    ? { verdict: 'approve', step, shown: await shownOf(approval) }
    : { verdict: 'deny', step, reason: verdict.deny };
}

function pathOf(id: string): string {
  return `/api/approvals/${encodeURIComponent(id)}`;
}

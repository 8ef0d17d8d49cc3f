'use client';

import {
  approvalContextSchema,
  type ApprovalContext,
  type ApprovalDetail,
} from '@holdpoint/contracts';
import useSWR from 'swr';
import { get, type ApiFailure } from '../../lib/api.ts';
import { ErrorState, Skeleton } from '../../ui/states.tsx';
import { CallerRecordLine } from './caller-record.tsx';
import { DefinitionState, DefinitionText } from './definition-state.tsx';
import { EarlierCalls } from './earlier-calls.tsx';
import { LastApprovedCall } from './last-approved.tsx';

/** What stands around the call, loaded after it: nothing here keeps anyone from reading the payload. */
export function ApprovalAround({ approval }: { approval: ApprovalDetail }) {
  const path = `/api/approvals/${encodeURIComponent(approval.id)}/context`;
  // No text as its key: hints about any approval refresh those, and this costs the gateway more.
  const {
    data,
    error: failure,
    mutate,
  } = useSWR<ApprovalContext, ApiFailure>(['around', path], () => get(path, approvalContextSchema));
  const retry = () => void mutate();
  if (data === undefined) {
    return failure === undefined ? (
      <Skeleton rows={4} label="Loading what stands around this call" />
    ) : (
      <>
        <ErrorState failure={failure} onRetry={retry} />
        <DefinitionText approval={approval} />
      </>
    );
  }
  return (
    <>
      {failure !== undefined && <ErrorState failure={failure} onRetry={retry} />}
      <LastApprovedCall approval={approval} last={data.lastApproved} />
      {data.definition === null ? (
        <DefinitionText approval={approval} />
      ) : (
        <DefinitionState approval={approval} definition={data.definition} />
      )}
      <EarlierCalls approval={approval} calls={data.earlier} more={data.earlierMore} />
      <CallerRecordLine approval={approval} record={data.caller} />
    </>
  );
}

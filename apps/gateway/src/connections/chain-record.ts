import type { ChainStepInput, OnDeadline, Reviewers } from '@holdpoint/contracts';

/** A connection's chain for the audit log, where what isn't said isn't there. */
export function chainRecord(chain: readonly ChainStepInput[]) {
  return chain.map((step) => ({
    ...reviewersRecord(step),
    quorum: step.quorum,
    ...(step.deadlineMs !== undefined && { deadlineMs: step.deadlineMs }),
    ...(step.onDeadline !== undefined && { onDeadline: onDeadlineRecord(step.onDeadline) }),
  }));
}

function reviewersRecord({ groups, people, onCall }: Reviewers) {
  return { groups, people, ...(onCall !== undefined && { onCall }) };
}

function onDeadlineRecord(then: OnDeadline) {
  if (then === 'deny' || then.kind === 'remind') return then;
  const rounds = then.rounds.map(({ to, forMs }) => ({ to: reviewersRecord(to), forMs }));
  return { kind: then.kind, rounds };
}

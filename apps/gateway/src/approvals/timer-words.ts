import type { Reviewers, Step } from '@holdpoint/approval';
import type { Reviewers as StoredReviewers } from '@holdpoint/contracts';
import { durationInWords } from '@holdpoint/policy';

/** Why a step was denied by its time: for reviewers and the agent, by names that an admin set. */
export function whyOutOfTime(step: Step, approvals: number, spentMs: number): string {
  const { onDeadline } = step;
  const rounds = onDeadline !== 'deny' && onDeadline.kind === 'escalate' ? onDeadline.rounds : [];
  const asked = [step.reviewers, ...rounds.map(({ to }) => to)].flatMap(circleInWords);
  const circle = [...new Set(asked)].join(' or ');
  const time = durationInWords(spentMs);
  return approvals === 0
    ? `Nobody of ${circle} decided within ${time}.`
    : `Only ${approvals} of ${step.quorum} approvals by ${circle} came within ${time}.`;
}

function circleInWords({ groups, people, onCall }: Reviewers): readonly string[] {
  return [
    ...groups.map((group) => `group ${group}`),
    ...(people.length > 0 ? ['the people that the chain names'] : []),
    ...(onCall === undefined ? [] : [`those on call for ${onCall}`]),
  ];
}

export function reviewersOf({ groups, people, onCall }: Reviewers): StoredReviewers {
  return {
    groups: [...groups],
    people: [...people],
    ...(onCall !== undefined && { onCall }),
  };
}

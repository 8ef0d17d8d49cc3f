import type { ApprovalDetail, Verdict } from '@holdpoint/contracts';
import { Badge, type Tone } from '../../ui/badge.tsx';
import { Utc } from '../../ui/time.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';

type Step = ApprovalDetail['steps'][number];

const STEP_WORDS: Readonly<Record<Step['state'], { label: string; tone: Tone }>> = {
  waiting: { label: 'Later', tone: 'neutral' },
  current: { label: 'Now', tone: 'hold' },
  approved: { label: 'Approved', tone: 'go' },
  denied: { label: 'Denied', tone: 'stop' },
};

/** Who has to agree, in order, and who has. */
export function ApprovalChain({ approval }: { approval: ApprovalDetail }) {
  return (
    <section aria-labelledby="chain" className="flex max-w-3xl flex-col gap-2">
      <h2 id="chain" className="font-semibold">
        Who decides
      </h2>
      <ol className="flex flex-col gap-3">
        {approval.steps.map((step, index) => (
          <li key={index} className="flex gap-3">
            <span aria-hidden="true" className="mt-px w-4 text-right text-muted">
              {index + 1}
            </span>
            <div className="flex min-w-0 flex-col gap-1">
              <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
                {whoText(step)}
                {(step.state !== 'current' || approval.state === 'held') && (
                  <Badge tone={STEP_WORDS[step.state].tone}>{STEP_WORDS[step.state].label}</Badge>
                )}
                {step.quorum > 1 && (
                  <span className="text-sm text-muted">
                    {step.approvals} of {step.quorum}
                  </span>
                )}
              </p>
              {approval.verdicts
                .filter((verdict) => verdict.step === index)
                .map((verdict) => (
                  <VerdictLine key={verdict.id} verdict={verdict} />
                ))}
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}

function VerdictLine({ verdict }: { verdict: Verdict }) {
  return (
    <p className="text-sm">
      <strong className="font-semibold">
        <VisibleText text={verdict.person.name} />
      </strong>{' '}
      {verdict.verdict === 'approve' ? 'approved' : 'denied'}, <Utc at={verdict.at} />
      {verdict.reason !== null && (
        <>
          : “<VisibleText text={verdict.reason} shape="block" />”
        </>
      )}
    </p>
  );
}

function whoText(step: Step): string {
  const who = [...step.groups.map((group) => `group ${group}`), ...step.people].join(' or ');
  const count = step.quorum === 1 ? 'One person' : `${step.quorum} people`;
  return who === '' ? `${count} (nobody is named)` : `${count} of ${who}`;
}

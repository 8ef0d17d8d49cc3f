import type { ApprovalDetail, Verdict, VerdictVia } from '@holdpoint/contracts';
import { Badge, type Tone } from '../../ui/badge.tsx';
import { Utc } from '../../ui/time.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { nameIn } from '../chains/chain-model.ts';
import { StepTime } from './approval-chain-time.tsx';

type Step = ApprovalDetail['steps'][number];

const STEP_WORDS: Readonly<Record<Step['state'], { label: string; tone: Tone }>> = {
  waiting: { label: 'Later', tone: 'neutral' },
  current: { label: 'Now', tone: 'hold' },
  approved: { label: 'Approved', tone: 'go' },
  denied: { label: 'Denied', tone: 'stop' },
  void: { label: 'Void: the arguments were changed', tone: 'neutral' },
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
                <VisibleText
                  text={whoText(
                    step,
                    approval.chainTime.rotas[index] ?? null,
                    nameIn(approval.chainTime.names),
                  )}
                />
                {(step.state !== 'current' || approval.state === 'held') && (
                  <Badge tone={STEP_WORDS[step.state].tone}>{STEP_WORDS[step.state].label}</Badge>
                )}
                {step.quorum > 1 && (
                  <span className="text-sm text-muted">
                    {step.approvals} of {step.quorum}
                  </span>
                )}
              </p>
              <StepTime approval={approval} step={index} />
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

/** As the audit log says it. */
const VIA_WORDS: Readonly<Record<VerdictVia, string>> = {
  slack: 'from Slack',
  webhook: 'by a webhook callback',
  ticket: 'by a ticket',
};

function VerdictLine({ verdict }: { verdict: Verdict }) {
  return (
    <p className="text-sm">
      <strong className="font-semibold">
        <VisibleText text={verdict.person.name} />
        {verdict.actingFor !== null && (
          <>
            {' '}
            for <VisibleText text={verdict.actingFor} />
          </>
        )}
      </strong>{' '}
      {verdict.verdict === 'approve' ? 'approved' : 'denied'}
      {verdict.withPasskey && ' with a passkey'}
      {verdict.via !== null && ` ${VIA_WORDS[verdict.via]}`}, <Utc at={verdict.at} />
      {verdict.reason !== null && (
        <>
          : “<VisibleText text={verdict.reason} shape="block" />”
        </>
      )}
    </p>
  );
}

function whoText(step: Step, rota: string | null, nameOf: (key: string) => string): string {
  const groups = step.groups.map((group) => `group ${group}`);
  const named = [
    ...step.people.map(nameOf),
    ...(rota === null ? [] : [`whoever is on call for ${rota}`]),
  ];
  const anyone = [...groups, ...named].join(' or ');
  if (anyone === '') return `${peopleCount(step.quorum)} (nobody is named)`;
  // One of a single person would read as if there were more to choose from.
  if (step.quorum === 1 && groups.length === 0) return anyone.replace(/^whoever/, 'Whoever');
  return `${peopleCount(step.quorum)} of ${anyone}`;
}

function peopleCount(quorum: number): string {
  return quorum === 1 ? 'One person' : `${quorum} people`;
}

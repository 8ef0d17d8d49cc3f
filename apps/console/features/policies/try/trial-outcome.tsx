import type { TrialResult } from '@holdpoint/contracts';
import { plural } from '../../../lib/format.ts';
import { Badge } from '../../../ui/badge.tsx';
import { VisibleText } from '../../../ui/visible-text.tsx';
import { EFFECT_TONES } from '../simulation/simulation-outcome.tsx';
import { RuleSteps } from './rule-steps.tsx';

/** The decision, and how it came about: state, rules, precedence, who is asked, what is masked. */
export function TrialOutcome({ result }: { result: TrialResult }) {
  const { effect, explanation, messages, state, rules, precedence, steps } = result;
  return (
    <div className="flex flex-col gap-4" role="region" aria-label="What would happen">
      <p role="status" className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
        <Badge tone={EFFECT_TONES[effect]}>{effect}</Badge>
        <span className="min-w-0 break-words">{explanation}</span>
      </p>
      {messages.length > 0 && <p className="text-muted">The agent is told: {messages.join(' ')}</p>}
      <Section title="Before any rule">
        <ul className="list-disc pl-5">
          {state.map(({ text, stops }) => (
            <li key={text} className={stops ? 'font-medium text-stop' : ''}>
              {text}
            </li>
          ))}
        </ul>
      </Section>
      <Section title="Rules">
        <RuleSteps rules={rules} />
      </Section>
      <Section title="Which of them counts">
        <p>{precedence}</p>
      </Section>
      {steps.length > 0 && (
        <Section title="Who would be asked">
          <ol className="list-decimal pl-5">
            {steps.map(({ chain, groups, people, onCall, quorum }, index) => (
              <li key={index}>
                {plural(quorum, 'person', 'people')} of{' '}
                <VisibleText
                  text={[
                    ...groups,
                    ...people.map(({ name }) => name),
                    ...(onCall === null ? [] : [turnText(onCall)]),
                  ].join(', ')}
                />{' '}
                <span className="text-sm text-muted">
                  {chain === 'default' ? 'the connection’s own chain' : chain}
                </span>
              </li>
            ))}
          </ol>
        </Section>
      )}
      <Masks result={result} />
    </div>
  );
}

/** As of the time of the call; whoever is on call when a verdict is given decides. */
function turnText({ rota, person }: NonNullable<TrialResult['steps'][number]['onCall']>): string {
  return person === null
    ? `whoever is on call for ${rota} (nobody was, when it came)`
    : `${person.name} (on call for ${rota} when it came)`;
}

function Section({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <section className="flex flex-col gap-1">
      <h3 className="font-semibold">{title}</h3>
      {children}
    </section>
  );
}

function Masks({ result: { masks, answer } }: { result: TrialResult }) {
  if (masks.length === 0) return null;
  return (
    <Section title="What would be masked">
      <p>{masks.join('; ')}</p>
      {answer !== null && (
        <p className="text-muted">
          {answer.masked === 0
            ? 'In the recorded answer, nothing beyond what was masked then.'
            : `In the recorded answer: ${plural(answer.masked, 'value')}, at `}
          {answer.masked > 0 && <VisibleText text={answer.places.join(', ')} />}
        </p>
      )}
    </Section>
  );
}

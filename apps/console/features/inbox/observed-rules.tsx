import type { ObservedRule } from '@holdpoint/contracts';
import { Badge, type Tone } from '../../ui/badge.tsx';

type Effect = ObservedRule['wouldBe'];

const WOULD_HAVE: Readonly<Record<Effect, { words: string; tone: Tone }>> = {
  allow: { words: 'let this pass', tone: 'go' },
  hold: { words: 'held this', tone: 'hold' },
  deny: { words: 'denied this', tone: 'stop' },
};

/** What rules on trial would have done: nothing of it happened. */
export function ObservedRules({
  rules,
  effect,
}: {
  rules: readonly ObservedRule[];
  effect: Effect;
}) {
  if (rules.length === 0) return null;
  return (
    <ul className="flex flex-col gap-1 text-sm text-muted">
      {rules.map((rule) => (
        <li key={rule.ruleId} className="min-w-0 break-words">
          <code className="font-mono">{rule.ruleId}</code>, observing,{' '}
          {rule.wouldBe === effect ? (
            'would have changed nothing here'
          ) : (
            <Badge tone={WOULD_HAVE[rule.wouldBe].tone}>
              would have {WOULD_HAVE[rule.wouldBe].words}
            </Badge>
          )}
          {rule.error !== null && (
            <span className="text-stop"> It could not be checked: {rule.error}</span>
          )}
        </li>
      ))}
    </ul>
  );
}

import type { DecisionSource, RuleOutcome } from './decision.ts';
import type { Effect } from './schema.ts';

const LED_BY: Readonly<Record<Effect, string>> = {
  allow: 'Allowed',
  hold: 'Held for approval',
  deny: 'Denied',
};

/** How many rules an explanation names; the rest are counted. */
const NAMED_RULES = 3;

/**
 * Says in one or two sentences why a call was allowed, held or denied. Uses only what admins
 * wrote: nothing of an agent or an upstream gets in.
 */
export function explain(
  effect: Effect,
  source: DecisionSource,
  deciding: readonly RuleOutcome[],
): string {
  const led = LED_BY[effect];
  switch (source) {
    case 'read-only-mark':
      return `${led}: no rule decided, and an admin marked this as only reading.`;
    case 'default':
      return `${led}: no rule decided, so the connection's default applies.`;
    case 'rule':
    case 'error': {
      const reasons = deciding.slice(0, NAMED_RULES).map(reason);
      const more = deciding.length - reasons.length;
      const tail = more > 0 ? ` So do ${more} more rules.` : '';
      return `${led}: ${reasons.join('; ')}.${tail}${stepUpOf(effect, deciding)}`;
    }
    default:
      return source satisfies never;
  }
}

function stepUpOf(effect: Effect, deciding: readonly RuleOutcome[]): string {
  const isDemanded = effect === 'hold' && deciding.some(({ stepUp }) => stepUp === 'passkey');
  return isDemanded ? ' Approving needs a passkey.' : '';
}

function reason({ ruleId, description, condition }: RuleOutcome): string {
  const why = description?.replace(/[.\s]+$/, '');
  if (condition?.value !== 'error') return why ?? `rule "${ruleId}" applies`;
  const unchecked = `rule "${ruleId}" could not be checked, which counts as the careful answer`;
  return why === undefined ? unchecked : `${unchecked} (${why})`;
}

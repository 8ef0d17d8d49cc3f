import type { CompiledPolicy } from '../compile.ts';
import { decide } from '../decide.ts';
import type { Effect } from '../schema.ts';
import type { FiledCall } from './read-call.ts';

/** What becomes of a call, in brief. */
export interface Judged {
  readonly effect: Effect;
  /** Ids of the rules that the effect comes from; none where the default applies. */
  readonly rules: readonly string[];
  readonly explanation: string;
}

/**
 * What the gateway would do with the call, as far as the policy alone can tell.
 *
 * A condition that uses `sql` needs {@link loadSqlParser} before.
 */
export function judgeCall(policy: CompiledPolicy, { kind, call, facts }: FiledCall): Judged {
  if (kind === 'never-held') {
    return { effect: 'allow', rules: [], explanation: 'Allowed: this method is never held.' };
  }
  const decision = decide(policy, call, facts);
  const denied = decision.effect === 'deny' && decision.source === 'rule';
  if (kind === 'list' && !denied) {
    return {
      effect: 'allow',
      rules: [],
      explanation: 'Allowed: a list passes, without what is denied to the caller.',
    };
  }
  return {
    effect: decision.effect,
    rules: decision.deciding.map((rule) => rule.ruleId),
    explanation: decision.explanation,
  };
}

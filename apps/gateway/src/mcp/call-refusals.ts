import type { Refusal } from './refusal.ts';
import type { Verdict } from './judge.ts';
import { asSentence } from './sentence.ts';

/** The words of the rules that denied; where no rule did (a freeze, a default), the explanation. */
export function denialText({ decision }: Verdict): string {
  const said = decision.rules
    .filter((rule) => decision.source !== 'frozen' && rule.effect === 'deny')
    .map((rule) => rule.message)
    .filter((message) => message !== null)
    .map(asSentence);
  return `Denied by policy: ${said.length > 0 ? said.join(' ') : asSentence(decision.explanation)} The call has not run.`;
}

export const CANCELLED: Refusal = {
  code: 'withdrawn',
  message: 'The agent cancelled the call before it was forwarded. It has not run.',
};
export const MAY_HAVE_RUN: Refusal = {
  code: 'may_have_run',
  message:
    'The call was forwarded, but its answer could not be recorded, so it is not shown. It may have run; do not repeat it.',
};
export const STORED_ANSWER_GONE: Refusal = {
  code: 'may_have_run',
  message:
    'This call has already run, but its stored answer is no longer kept. Do not repeat it without checking.',
};

import type { ConditionTrace, RuleTrace, TrialResult } from '@holdpoint/contracts';
import {
  isMarkedReadOnly,
  type ConditionTrace as TracedCondition,
  type MaskRule,
  type RuleTrace as TracedRule,
  type Trace,
} from '@holdpoint/policy';
import { quarantineReason } from '../../connections/quarantine.ts';
import { asSentence } from '../../platform/sentence.ts';
import type { Ruling } from '../ruling.ts';
import type { Tried } from './trial.service.ts';

interface Trial {
  readonly tried: Tried;
  readonly traced: Trace;
  readonly ruling: Ruling;
  readonly steps: TrialResult['steps'];
  readonly answer: TrialResult['answer'];
}

/**
 * A trial as it is shown.
 * INVARIANT: of a request that wasn't opened nothing of its arguments gets out: no value, and no
 * error text that could quote one.
 */
export function toTrialResult({ tried, traced, ruling, steps, answer }: Trial): TrialResult {
  const { call, recorded, isOpen } = tried;
  return {
    call: {
      connection: call.connection.name,
      method: call.method,
      target: call.target.name ?? call.target.uri ?? null,
      caller: tried.caller,
      at: call.now.toISOString(),
      recorded,
      line: tried.line,
    },
    effect: ruling.effect,
    source: ruling.decision.source,
    explanation: ruling.decision.explanation,
    messages: [...traced.decision.messages],
    state: stateOf(tried),
    rules: traced.rules.map((rule) => toRule(rule, isOpen)),
    precedence: traced.precedence,
    steps,
    masks: traced.decision.masks.map(maskText),
    answer,
  };
}

/** What is looked at before any rule, in the order in which it counts. */
function stateOf(tried: Tried): TrialResult['state'] {
  const { call, on, isRegistered } = tried;
  const { kind, method, connection, isToolListed, quarantined } = on;
  if (kind === 'never-held') {
    return [{ text: 'This method is never held: no rule is asked.', stops: true }];
  }
  const known = isRegistered
    ? `The connection ${connection.slug} is registered; its default is ${connection.defaultEffect}.`
    : `No connection is called ${connection.slug} here, so its default is taken to be ${connection.defaultEffect}.`;
  const states = [{ text: known, stops: false }];
  const say = (text: string, stops = false) => void states.push({ text, stops });
  if (connection.frozen) {
    say(`It is frozen, so nothing passes: ${asSentence(connection.frozen.reason)}`, true);
  }
  if (kind === 'list') say('A list passes unless a rule denies it, without what is denied itself.');
  if (method === 'tools/call' && !isToolListed) {
    say('Its upstream doesn’t list this tool, so it is never simply let through.');
  } else if (quarantined) say(quarantineReason(quarantined));
  if (isMarkedReadOnly(call)) say('An admin marked it as only reading.');
  return states;
}

function toRule(rule: TracedRule, isOpen: boolean): RuleTrace {
  const { outcome, adds, decides, effect, observed, excludedBy } = rule;
  const matchError = outcome?.condition?.keyword === 'match' ? outcome.condition.error : undefined;
  return {
    ruleId: rule.ruleId,
    description: rule.description ?? null,
    effect: effect ?? null,
    masks: rule.masks.map(maskText),
    observed,
    about: outcome !== undefined,
    applies: outcome?.matched ?? false,
    excludedBy: [...excludedBy],
    when: rule.when ? toCondition(rule.when, isOpen) : null,
    unless: rule.unless ? toCondition(rule.unless, isOpen) : null,
    matchError: matchError ?? null,
    adds: adds ?? null,
    decides,
  };
}

const HIDDEN_ERROR = 'It can’t be checked for this call.';

function toCondition(
  { source, value, error, parts }: TracedCondition,
  isOpen: boolean,
): ConditionTrace {
  return {
    source,
    value: value === undefined ? 'not looked at' : valueText(value),
    error: error === undefined ? null : isOpen ? error : HIDDEN_ERROR,
    parts: parts.map((part) => ({
      source: part.source,
      value: part.value === undefined || (part.fromArguments && !isOpen) ? null : part.value,
      error: part.error === undefined ? null : isOpen ? part.error : HIDDEN_ERROR,
    })),
  };
}

function valueText(value: boolean | 'error'): ConditionTrace['value'] {
  if (value === 'error') return 'error';
  return value ? 'true' : 'false';
}

function maskText(mask: MaskRule): string {
  return 'field' in mask ? `${mask.field} → ${mask.as}` : `${mask.detect.join(', ')} → ${mask.as}`;
}

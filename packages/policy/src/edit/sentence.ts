import type { SqlDialect } from '../sql/dialect.ts';
import { readCondition } from './condition.ts';
import type { Clause, Comparison } from './clauses.ts';
import type { RuleValues } from './rule-values.ts';

/** What a rule does, as one sentence without its end. Names come as they are written: show them safely. */
export function ruleSentence(rule: RuleValues): string {
  const conditions = [
    rule.when === undefined ? '' : ` when ${conditionText(rule.when)}`,
    rule.unless === undefined ? '' : ` unless ${conditionText(rule.unless)}`,
  ].join(rule.when !== undefined && rule.unless !== undefined ? ',' : '');
  const chain = rule.effect === 'hold' && rule.approval ? ` → ${rule.approval}` : '';
  const stepUp = rule.effect === 'hold' && rule.stepUp === 'passkey' ? ', with a passkey' : '';
  return `${verbOf(rule)} ${subjectOf(rule)}${conditions}${chain}${stepUp}`;
}

function verbOf({ effect, mask }: RuleValues): string {
  const masks = (mask ?? []).map((each) => each.field ?? (each.detect ?? []).join(', '));
  const masking = masks.length === 0 ? '' : `mask ${masks.join(', ')} in answers to`;
  if (effect === undefined) return masking === '' ? 'Do nothing to' : capital(masking);
  return masking === '' ? capital(effect) : `${capital(effect)} and ${masking}`;
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function subjectOf(rule: RuleValues): string {
  const targets = [
    rule.tools && `calls of ${any(rule.tools, 'any tool')}`,
    rule.resources && `resources ${any(rule.resources, 'of any address')}`,
    rule.prompts && `prompts ${any(rule.prompts, 'of any name')}`,
  ].filter((part) => part !== undefined);
  const methods = rule.methods === undefined ? '' : any(rule.methods, 'every method');
  const what =
    targets.length === 0
      ? methods === ''
        ? 'every call'
        : methods
      : `${targets.join(' or ')}${methods === '' ? '' : ` (${methods})`}`;
  const where =
    rule.connections === undefined ? '' : ` on ${any(rule.connections, 'any connection')}`;
  return what + where + callersOf(rule);
}

function callersOf({ groups, subjects, kinds, clients }: RuleValues): string {
  const who = [
    groups && `in ${any(groups, 'any group')}`,
    subjects && `named ${any(subjects, 'anything')}`,
    clients && `with client ${any(clients, 'of any kind')}`,
  ].filter((part) => part !== undefined);
  const callers = kinds === undefined ? 'callers' : kinds.map(KIND_NAME).join(' or ');
  if (who.length === 0) return kinds === undefined ? '' : ` by ${callers}`;
  return ` by ${callers} ${who.join(' and ')}`;
}

const KIND_NAME = (kind: string) =>
  kind === 'person' ? 'people' : kind === 'service' ? 'services' : kind;

function any(patterns: readonly string[], all: string): string {
  if (patterns.includes('*')) return all;
  const [first = '', ...others] = patterns.toReversed();
  return others.length === 0 ? first : `${others.toReversed().join(', ')} or ${first}`;
}

/** A condition in words, part by part; what has no words stays CEL. */
function conditionText(source: string): string {
  const { joint, parts } = readCondition(source);
  return parts.map(({ clause }) => clauseText(clause)).join(` ${joint} `);
}

const CLAIMS = {
  mutates: ['may write', 'only reads'],
  ddl: ['changes the schema', 'leaves the schema alone'],
  where: ['limits every write', 'writes without a WHERE'],
  valid: ['can be read', 'can’t be read'],
} as const;

const SQL_NAMES: Readonly<Record<SqlDialect, string>> = {
  postgres: 'SQL',
  mysql: 'MySQL',
  generic: 'generic SQL',
};

const COMPARED: Readonly<Record<Comparison, string>> = {
  '==': 'is',
  '!=': 'is not',
  '>': 'is more than',
  '>=': 'is at least',
  '<': 'is less than',
  '<=': 'is at most',
};

const TESTED = {
  glob: ['matches', 'doesn’t match'],
  startsWith: ['starts with', 'doesn’t start with'],
  endsWith: ['ends with', 'doesn’t end with'],
  contains: ['contains', 'doesn’t contain'],
  matches: ['matches the expression', 'doesn’t match the expression'],
} as const;

export function clauseText(clause: Clause): string {
  switch (clause.kind) {
    case 'sql':
      return `${SQL_NAMES[clause.dialect]} in ${clause.argument} ${CLAIMS[clause.fact][clause.is ? 0 : 1]}`;
    case 'touches':
      return `${SQL_NAMES[clause.dialect]} in ${clause.argument} ${clause.is ? 'touches' : 'doesn’t touch'} ${clause.pattern}`;
    case 'compare':
      return `${clause.argument} ${COMPARED[clause.operator]} ${String(clause.value)}`;
    case 'text':
      return `${clause.argument} ${TESTED[clause.test][clause.is ? 0 : 1]} ${clause.pattern}`;
    case 'has':
      return `${clause.argument} is ${clause.is ? 'given' : 'left out'}`;
    case 'within':
      return `the time is ${clause.is ? 'within' : 'outside'} ${clause.hours} (${clause.zone})`;
    case 'count':
      return `calls within ${clause.window} are ${clause.operator} ${clause.number}`;
    case 'group':
      return `the caller is ${clause.is ? '' : 'not '}in ${clause.group}`;
    case 'cel':
      return clause.source.replace(/\s+/g, ' ');
    default:
      return clause satisfies never;
  }
}

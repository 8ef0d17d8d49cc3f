import { compileGlob } from '../glob.ts';
import { DETECTORS, EFFECTS, knownKeys, MASK_STYLES } from '../schema.ts';
import {
  FUNCTIONS,
  KEY_DOCS,
  SESSION_CLIENT_FIELDS,
  SQL_DIALECT_TERMS,
  SQL_TERMS,
  TIME_TERMS,
  VALUE_TERMS,
  VARIABLES,
  type Term,
} from './language.ts';
import { placeAt, type Place } from './place.ts';
import { readPolicyText } from './read.ts';
import { renderText } from './render.ts';
import type { RuleValues } from './rule-values.ts';
import type { Path } from './values.ts';

/** A tool as completion needs it. Names come from upstreams: hostile, show them safely. */
export interface VocabularyTool {
  readonly name: string;
  /** Paths below `args`, and their types. */
  readonly arguments: readonly { readonly path: string; readonly type: string }[];
}

/** What a policy may speak about. */
export interface PolicyVocabulary {
  readonly connections: readonly {
    readonly name: string;
    readonly title: string;
    readonly tools: readonly VocabularyTool[];
  }[];
  readonly groups: readonly string[];
  readonly chains: readonly string[];
  /** Names of on-call rotas. */
  readonly rotas?: readonly string[];
  readonly methods: readonly string[];
}

/** What can stand at a place, and what is put there. */
export interface Suggestion extends Term {
  readonly kind: 'key' | 'value' | 'variable' | 'function' | 'field';
  /** What is written; the name unless given. */
  readonly apply?: string;
}

export interface Completion {
  readonly from: number;
  readonly suggestions: readonly Suggestion[];
}

/** What may be written at an offset of a policy's text. */
export function completionsAt(
  text: string,
  offset: number,
  vocabulary: PolicyVocabulary,
): Completion | undefined {
  const place = placeAt(text, offset);
  if (place === undefined) return undefined;
  switch (place.kind) {
    case 'key':
      return keyCompletion(place);
    case 'value':
      return valueCompletion(place, ruleAt(text, place.path), vocabulary);
    case 'condition':
      return inCondition(text, place, vocabulary);
    default:
      return place.kind satisfies never;
  }
}

function keyCompletion({ path, from, typed, taken }: Place): Completion | undefined {
  if (!/^[\w-]*$/.test(typed)) return undefined;
  const suggestions = knownKeys(path)
    .filter((key) => !taken.includes(key))
    .map((name): Suggestion => {
      return { kind: 'key', name, detail: '', doc: KEY_DOCS[name] ?? '', apply: `${name}: ` };
    });
  return { from, suggestions };
}

function ruleAt(text: string, path: Path): RuleValues {
  const [list, index] = path;
  if (list !== 'rules' || typeof index !== 'number') return {};
  const reading = readPolicyText(text);
  return (reading.readable && reading.rules[index]?.values) || {};
}

function valueCompletion(
  { path, from, typed, inFlow }: Place,
  rule: RuleValues,
  vocabulary: PolicyVocabulary,
): Completion | undefined {
  const [quote = ''] = /^["']/.exec(typed) ?? [];
  const suggestions = valuesFor(path, rule, vocabulary).map(({ name, detail, doc }): Suggestion => {
    const inList = typeof path.at(-1) === 'number';
    const written = renderText(name, { flow: inFlow || inList, indent: 0, eol: '\n' });
    const apply = quote === '' ? written : name;
    return { kind: 'value', name, detail, doc, ...(apply !== name && { apply }) };
  });
  return suggestions.length === 0 ? undefined : { from: from + quote.length, suggestions };
}

/** Values that exist for a key, by the last name on the way to it. */
export function valuesFor(
  path: Path,
  rule: RuleValues,
  vocabulary: PolicyVocabulary,
): readonly Term[] {
  const { connections } = vocabulary;
  switch (path.findLast((step) => typeof step === 'string')) {
    case 'effect':
    case 'default':
      return EFFECTS.map((name) => term(name));
    case 'stepUp':
      return [term('passkey', 'an approval is signed with one')];
    case 'mode':
      return [term('enforce'), term('observe', 'recorded, without effect')];
    case 'as':
      return MASK_STYLES.map((name) => term(name));
    case 'detect':
      return DETECTORS.map((name) => term(name));
    case 'kinds':
      return [term('person'), term('service')];
    case 'onDeadline':
      return [term('deny')];
    case 'deadline':
    case 'every':
    case 'for':
      return ['15 minutes', '30 minutes', '2 hours', '1 day'].map((name) => term(name));
    case 'onCall':
      return (vocabulary.rotas ?? []).map((name) => term(name));
    case 'connections':
      return [
        term('*', 'every connection'),
        ...connections.map(({ name, title }) => term(name, title)),
      ];
    case 'tools':
      return [...toolNames(rule, vocabulary)].map(([name, where]) => term(name, where.join(', ')));
    case 'methods':
      return vocabulary.methods.map((name) => term(name));
    case 'groups':
      return vocabulary.groups.map((name) => term(name));
    case 'approval':
      return vocabulary.chains.map((name) => term(name));
    default:
      return [];
  }
}

function term(name: string, detail = ''): Term {
  return { name, detail, doc: '' };
}

function toolNames(rule: RuleValues, vocabulary: PolicyVocabulary): ReadonlyMap<string, string[]> {
  const names = new Map<string, string[]>();
  for (const { name: connection, tools } of connectionsOf(rule, vocabulary)) {
    for (const { name } of tools) names.set(name, [...(names.get(name) ?? []), connection]);
  }
  return names;
}

function connectionsOf(rule: RuleValues, { connections }: PolicyVocabulary) {
  return connections.filter(({ name }) => isAny(rule.connections, name));
}

/** The arguments of all tools that a rule is about, with the types they have there. */
export function argumentsOf(rule: RuleValues, vocabulary: PolicyVocabulary): readonly Term[] {
  const found = new Map<string, Set<string>>();
  for (const { tools } of connectionsOf(rule, vocabulary)) {
    for (const tool of tools) {
      if (!isAny(rule.tools, tool.name)) continue;
      for (const { path, type } of tool.arguments) {
        found.set(path, (found.get(path) ?? new Set()).add(type));
      }
    }
  }
  return [...found].map(([path, types]) => term(path, [...types].join(' or ')));
}

function isAny(patterns: readonly string[] | undefined, name: string): boolean {
  if (patterns === undefined) return true;
  return patterns.some((pattern) => {
    try {
      return compileGlob(pattern)(name);
    } catch {
      // Half-typed, or too long to be one.
      return false;
    }
  });
}

function inCondition(text: string, place: Place, vocabulary: PolicyVocabulary) {
  const rule = ruleAt(text, place.path);
  const completion = conditionCompletions(place.typed, rule, vocabulary);
  return completion && { ...completion, from: place.from + completion.from };
}

/** What may be written behind the beginning of a condition; `from` counts from that beginning. */
export function conditionCompletions(
  typed: string,
  rule: RuleValues,
  vocabulary: PolicyVocabulary,
): Completion | undefined {
  const dialect = DIALECT.exec(typed);
  if (dialect !== null) return dialectCompletion(typed, dialect);
  const [, receiver = '', word = ''] = RECEIVER.exec(typed) ?? [];
  const from = typed.length - word.length;
  if (receiver === '') {
    const variables = VARIABLES.map((each): Suggestion => ({ ...each, kind: 'variable' }));
    const functions = FUNCTIONS.map((each): Suggestion => ({
      ...each,
      kind: 'function',
      apply: `${each.name}(`,
    }));
    return { from, suggestions: [...variables, ...functions] };
  }
  const suggestions = membersOf(receiver.slice(0, -1), rule, vocabulary);
  return suggestions.length === 0 ? undefined : { from, suggestions };
}

/** The second argument of `sql`, as far as it is typed; the first has no brackets of its own. */
const DIALECT = /\bsql\([^(),"']+,\s*(\\?["'])?(\w*)$/;

function dialectCompletion(typed: string, [, quote, word = '']: RegExpExecArray): Completion {
  // Inside a condition that YAML quotes, the quotes that CEL knows, too, are the other ones.
  const mark = typed.startsWith('"') ? "'" : '"';
  const suggestions = SQL_DIALECT_TERMS.map((each): Suggestion => ({
    ...each,
    kind: 'value',
    ...(quote === undefined && { apply: `${mark}${each.name}${mark}` }),
  }));
  return { from: typed.length - word.length, suggestions };
}

/** The last chain of names and calls, up to its last dot; and the word behind it. */
const RECEIVER = /((?:[A-Za-z_]\w*(?:\([^()]*\))?\.)*)([A-Za-z_]\w*)?$/;

function membersOf(
  receiver: string,
  rule: RuleValues,
  vocabulary: PolicyVocabulary,
): readonly Suggestion[] {
  if (receiver === 'args' || receiver.startsWith('args.')) {
    const base = receiver === 'args' ? '' : `${receiver.slice(5)}.`;
    const below = argumentsOf(rule, vocabulary).filter(({ name }) => name.startsWith(base));
    const names = below.map((each) => ({ ...each, name: each.name.slice(base.length) }));
    const next = names.filter(({ name }) => /^[A-Za-z_]\w*$/.test(name)).map(asField);
    return base === '' ? next : [...next, ...VALUE_TERMS.map(asFunction)];
  }
  if (/^sql\(.*\)$/.test(receiver)) {
    return SQL_TERMS.map((each) => (each.detail.includes('(') ? asFunction(each) : asField(each)));
  }
  if (receiver === 'now') return TIME_TERMS.map(asFunction);
  if (receiver === 'session.client') return SESSION_CLIENT_FIELDS.map(asField);
  const variable = VARIABLES.find(({ name }) => name === receiver);
  return variable === undefined ? VALUE_TERMS.map(asFunction) : variable.fields.map(asField);
}

function asField(each: Term): Suggestion {
  return { ...each, kind: 'field' };
}

function asFunction(each: Term): Suggestion {
  return { ...each, kind: 'function', apply: `${each.name}(` };
}

/** What a word at an offset means: a key of the policy, or a name of a condition. */
export function meaningAt(
  text: string,
  offset: number,
): (Term & { readonly from: number; readonly to: number }) | undefined {
  const from =
    offset - (/[\w]*$/.exec(text.slice(Math.max(0, offset - 64), offset))?.[0].length ?? 0);
  const to = offset + (/^\w*/.exec(text.slice(offset, offset + 64))?.[0].length ?? 0);
  const name = text.slice(from, to);
  const place = name === '' ? undefined : placeAt(text, to);
  if (place === undefined) return undefined;
  if (place.kind === 'condition') {
    const names = [...VARIABLES, ...FUNCTIONS, ...SQL_TERMS, ...TIME_TERMS, ...VALUE_TERMS];
    const quoted = /["']/.test(text.slice(from - 1, from)) && /["'\\]/.test(text.slice(to, to + 1));
    const all = quoted ? [...names, ...SQL_DIALECT_TERMS] : names;
    const found = all.find((each) => each.name === name);
    return found && { ...found, from, to };
  }
  const doc = place.kind === 'key' ? KEY_DOCS[name] : undefined;
  return doc === undefined ? undefined : { name, detail: '', doc, from, to };
}

import { LineCounter, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';
import { argumentWarnings, type KnownTool } from './arguments/argument-check.ts';
import { compileCondition, type Condition } from './cel/condition.ts';
import { toChain, type Chain } from './chain.ts';
import { unsatisfiableSteps } from './chain-check.ts';
import type { RuleOutcome } from './decision.ts';
import { IssueLocator, type PolicyIssue } from './locate.ts';
import { compileMatch, type CompiledMatch } from './match.ts';
import {
  knownKeys,
  policySchema,
  type Effect,
  type MaskRule,
  type MatchDocument,
  type PolicyDocument,
  type RuleDocument,
} from './schema.ts';
import { didYouMean } from './suggest.ts';

/** Largest policy text that is read. */
export const MAX_POLICY_LENGTH = 1024 * 1024;
const MAX_ISSUES = 100;
const MAX_ALIASES = 100;
const TOO_DEEP = 'The policy is nested too deeply or repeats itself too often to be read.';

/** One rule, ready to judge with. */
export interface CompiledRule extends CompiledMatch {
  readonly id: string;
  readonly description: string | undefined;
  readonly message: string | undefined;
  readonly effect: Effect | undefined;
  /** Name of a chain; `null` asks for the connection's own. */
  readonly approval: string | null;
  readonly masks: readonly MaskRule[];
  readonly observed: boolean;
  /** What the rule is about, as written: for showing it. */
  readonly match: MatchDocument;
  readonly when: Condition | undefined;
  readonly unless: Condition | undefined;
  /** What each of its outcomes says. */
  readonly stated: Omit<RuleOutcome, 'matched' | 'condition'>;
}

/** A policy that can judge calls. Made by {@link compilePolicy} only. */
export interface CompiledPolicy {
  readonly rules: readonly CompiledRule[];
  /** Chains that the file defines itself. */
  readonly chains: ReadonlyMap<string, Chain>;
  /** The file's `default`, which stands in for the connection's. */
  readonly defaultEffect: Effect | undefined;
}

export type CompileResult =
  | {
      readonly ok: true;
      readonly policy: CompiledPolicy;
      /** What is probably a mistake and yet no fault. */
      readonly warnings: readonly PolicyIssue[];
    }
  | { readonly ok: false; readonly issues: readonly PolicyIssue[] };

export interface CompileOptions {
  /**
   * Chains that exist outside the file. Without them and without `chains` in the file, names of
   * chains aren't checked.
   */
  readonly knownChains?: readonly string[];
  /** The people of each on-call rota; without them names of rotas aren't checked. */
  readonly rotas?: ReadonlyMap<string, readonly string[]>;
  /**
   * Tools whose arguments are known. A condition that reads an argument which a tool that its rule
   * governs doesn't have is then a warning.
   */
  readonly tools?: readonly KnownTool[];
}

/** Reads a policy's YAML. Never throws; every fault is an issue with its place in the text. */
export function compilePolicy(yamlText: string, options: CompileOptions = {}): CompileResult {
  if (yamlText.length > MAX_POLICY_LENGTH) {
    return failed('A policy may have at most 1 MiB.');
  }
  try {
    return compile(yamlText, options);
  } catch {
    // Nesting that overflows a parser's stack, or aliases that multiply.
    return failed(TOO_DEEP);
  }
}

function compile(yamlText: string, options: CompileOptions): CompileResult {
  const lines = new LineCounter();
  const document = parseDocument(yamlText, {
    lineCounter: lines,
    prettyErrors: false,
    version: '1.2',
    merge: false,
    uniqueKeys: true,
  });
  const locator = new IssueLocator(yamlText, lines, document);
  const broken = syntaxIssues(document, locator);
  if (broken.some(({ message }) => message.includes('call stack'))) return failed(TOO_DEEP);
  if (broken.length > 0) return { ok: false, issues: broken.slice(0, MAX_ISSUES) };

  const parsed = policySchema.safeParse(document.toJS({ maxAliasCount: MAX_ALIASES }) ?? {}, {
    reportInput: true,
  });
  if (!parsed.success) {
    const issues = parsed.error.issues.flatMap((issue) => schemaIssues(issue, locator));
    return { ok: false, issues: issues.slice(0, MAX_ISSUES) };
  }
  return build(parsed.data, locator, options);
}

function syntaxIssues(document: Document.Parsed, locator: IssueLocator): PolicyIssue[] {
  // A warning is an unknown tag or the like: something that the author meant and we wouldn't do.
  return [...document.errors, ...document.warnings].map((fault) =>
    locator.atOffset(
      fault.pos[0],
      fault.pos[1],
      // The parser's own words speak to its programmer.
      fault.code === 'MULTIPLE_DOCS'
        ? 'A policy is one document: take out the “---”.'
        : fault.message,
    ),
  );
}

function build(
  document: PolicyDocument,
  locator: IssueLocator,
  options: CompileOptions,
): CompileResult {
  const chains = Object.entries(document.chains ?? {}).map(([name, chain]) => toChain(name, chain));
  const issues = [
    ...duplicateIds(document, locator),
    ...chainIssues(document, locator, options),
    ...chains.flatMap((chain) => unsatisfiableSteps(chain, locator, options.rotas)),
  ];
  const rules = document.rules.map((rule, index) => compileRule(rule, index, locator, issues));
  if (issues.length > 0) return { ok: false, issues: issues.slice(0, MAX_ISSUES) };

  return {
    ok: true,
    policy: {
      rules,
      chains: new Map(chains.map((chain) => [chain.name, chain])),
      defaultEffect: document.default,
    },
    warnings: argumentWarnings(rules, options.tools ?? [], locator),
  };
}

function duplicateIds(document: PolicyDocument, locator: IssueLocator): PolicyIssue[] {
  const seen = new Set<string>();
  return document.rules.flatMap((rule, index) => {
    const duplicate = seen.has(rule.id);
    seen.add(rule.id);
    const message = `Another rule already has the id "${rule.id}".`;
    return duplicate ? [locator.atValue(['rules', index, 'id'], message)] : [];
  });
}

function chainIssues(
  document: PolicyDocument,
  locator: IssueLocator,
  options: CompileOptions,
): PolicyIssue[] {
  if (document.chains === undefined && options.knownChains === undefined) return [];
  const known = [...Object.keys(document.chains ?? {}), ...(options.knownChains ?? [])];
  return document.rules.flatMap((rule, index) => {
    if (rule.approval === undefined || known.includes(rule.approval)) return [];
    const message = `There is no chain "${rule.approval}".${didYouMean(rule.approval, known)}`;
    return [locator.atValue(['rules', index, 'approval'], message)];
  });
}

function compileRule(
  rule: RuleDocument,
  index: number,
  locator: IssueLocator,
  issues: PolicyIssue[],
): CompiledRule {
  const condition = (keyword: 'when' | 'unless'): Condition | undefined => {
    const source = rule[keyword];
    if (source === undefined) return undefined;
    const result = compileCondition(source);
    if (result.ok) return result.condition;
    const { issue } = result;
    issues.push(locator.withinText(['rules', index, keyword], issue, issue.message));
    return undefined;
  };
  return {
    id: rule.id,
    description: rule.description,
    message: rule.message,
    effect: rule.effect,
    approval: rule.approval ?? null,
    masks: (rule.mask ?? []).flatMap(toMaskRule),
    observed: rule.mode === 'observe',
    match: rule.match ?? {},
    ...compileMatch(rule.match ?? {}),
    when: condition('when'),
    unless: condition('unless'),
    stated: {
      ruleId: rule.id,
      ...(rule.effect && { effect: rule.effect }),
      ...(rule.stepUp && { stepUp: rule.stepUp }),
      observed: rule.mode === 'observe',
      ...(rule.message !== undefined && { message: rule.message }),
      ...(rule.description !== undefined && { description: rule.description }),
    },
  };
}

function toMaskRule(mask: NonNullable<RuleDocument['mask']>[number]): MaskRule[] {
  if (mask.detect !== undefined) return [{ detect: mask.detect, as: mask.as }];
  return mask.field === undefined ? [] : [{ field: mask.field, as: mask.as }];
}

function schemaIssues(issue: z.core.$ZodIssue, locator: IssueLocator): PolicyIssue[] {
  const path = issue.path.filter((step) => typeof step !== 'symbol');
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) =>
        locator.atKey(path, key, `Unknown key "${key}".${didYouMean(key, knownKeys(path))}`),
      );
    case 'invalid_value': {
      // A literal says itself why nothing else is accepted.
      if (issue.values.length === 1) return [locator.atValue(path, issue.message)];
      const allowed = issue.values.map(String);
      const given = typeof issue.input === 'string' ? issue.input : '';
      const hint = didYouMean(given, allowed);
      return [locator.atValue(path, `Expected one of ${allowed.join(', ')}.${hint}`)];
    }
    case 'invalid_type':
      return [
        locator.atValue(
          path,
          `${lastKey(path)} must be ${TYPE_NAMES[issue.expected] ?? issue.expected}.`,
        ),
      ];
    case 'invalid_union': {
      // Of a text or a mapping: whoever wrote a mapping reads what is wrong in it.
      const inMapping = typeof issue.input === 'object' && issue.input !== null;
      const [inner] = inMapping ? issue.errors.slice(-1) : [];
      if (inner === undefined) return [locator.atValue(path, issue.message)];
      return inner.flatMap((one) =>
        schemaIssues({ ...one, path: [...issue.path, ...one.path] }, locator),
      );
    }
    case 'invalid_key':
      return issue.issues.map((inner) => locator.atValue(path, inner.message));
    default:
      return [locator.atValue(path, issue.message)];
  }
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
};

function lastKey(path: readonly (string | number)[]): string {
  const key = path.findLast((step) => typeof step === 'string');
  return key === undefined ? 'The policy' : `"${key}"`;
}

function failed(message: string): CompileResult {
  return {
    ok: false,
    issues: [{ message, path: [], line: 1, column: 1, endLine: 1, endColumn: 1 }],
  };
}

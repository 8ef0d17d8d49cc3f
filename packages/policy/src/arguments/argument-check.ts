import type { Condition } from '../cel/condition.ts';
import type { CompiledRule } from '../compile.ts';
import type { IssueLocator, PolicyIssue } from '../locate.ts';
import { mayBeAbout } from '../rules-about.ts';
import { namesOf, type KnownTool } from './known-tool.ts';
import { missingArguments } from './missing.ts';
import { checkTypes, type TypeCheck } from './type-check.ts';

export type { KnownTool } from './known-tool.ts';

/** How many nodes of conditions are gone through at most, all rules and tools together. */
const MAX_STEPS = 1_000_000;
const MAX_WARNINGS = 100;

/**
 * What conditions do to arguments that tools don't have, or not of that type: a rule errs on such
 * a call, or never applies. Warnings, not faults: a schema isn't the policy's, and changes
 * without it. Each is true whatever the call, as long as the call keeps to the schema.
 */
export function argumentWarnings(
  rules: readonly CompiledRule[],
  tools: readonly KnownTool[],
  locator: IssueLocator,
): PolicyIssue[] {
  try {
    return warnings(rules, tools, locator);
  } catch {
    // INVARIANT: nothing that an upstream says of its tools keeps a policy from being published.
    return [];
  }
}

function warnings(
  rules: readonly CompiledRule[],
  tools: readonly KnownTool[],
  locator: IssueLocator,
): PolicyIssue[] {
  const steps = { left: MAX_STEPS };
  const found: PolicyIssue[] = [];
  for (const [index, rule] of rules.entries()) {
    if (rule.when === undefined && rule.unless === undefined) continue;
    const checked = checkRule(rule, governedTools(rule, tools, steps), steps);
    // What has been looked at only half could be said of too few tools, or of too many.
    if (steps.left <= 0 || found.length >= MAX_WARNINGS) break;
    for (const keyword of ['when', 'unless'] as const) {
      const condition = rule[keyword];
      if (condition === undefined) continue;
      for (const { start, end, message } of conditionWarnings(condition, checked[keyword])) {
        found.push(locator.withinText(['rules', index, keyword], { start, end }, message));
      }
    }
  }
  return found;
}

/** Tools whose calls the rule may be about, for some caller. */
function governedTools(
  rule: CompiledRule,
  tools: readonly KnownTool[],
  steps: { left: number },
): readonly KnownTool[] {
  steps.left -= tools.length;
  return tools.filter(({ connection, name }) =>
    mayBeAbout(rule, { connection: { name: connection }, method: 'tools/call', target: { name } }),
  );
}

interface CheckedTool extends TypeCheck {
  readonly tool: KnownTool;
}

function checkRule(
  { when, unless }: CompiledRule,
  tools: readonly KnownTool[],
  steps: { left: number },
): Readonly<Record<'when' | 'unless', readonly CheckedTool[]>> {
  const checked: Record<'when' | 'unless', CheckedTool[]> = { when: [], unless: [] };
  for (const tool of tools) {
    const first = when && checkTypes(when, tool, steps);
    if (first !== undefined) checked.when.push({ tool, ...first });
    // `unless` is looked at only where `when` was true.
    if (unless === undefined || first?.isFalse === true) continue;
    checked.unless.push({ tool, ...checkTypes(unless, tool, steps) });
  }
  return checked;
}

interface Warning {
  readonly start: number;
  readonly end: number;
  readonly message: string;
}

function conditionWarnings(
  condition: Condition,
  checked: readonly CheckedTool[],
): readonly Warning[] {
  const missing = missingArguments(condition, checked).map(({ reference, message }) => {
    const { start, end } = reference;
    return { start, end, message };
  });
  return [...missing, ...typeWarnings(checked)];
}

/** One warning for all tools of which the same is said in the same place. */
function typeWarnings(checked: readonly CheckedTool[]): readonly Warning[] {
  const found = checked.flatMap(({ tool, findings }) =>
    findings.map((finding) => ({ tool, finding })),
  );
  const groups = Map.groupBy(found, ({ finding }) => JSON.stringify(finding));
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { start, end, fact, consequence } = first.finding;
    const tools = [...new Set(group.map(({ tool }) => tool))];
    return [{ start, end, message: `${fact} in ${namesOf(tools)}, ${consequence}` }];
  });
}

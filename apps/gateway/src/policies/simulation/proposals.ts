import {
  addRule,
  editRule,
  inBrackets,
  newRuleId,
  removeRule,
  type EditResult,
} from '@holdpoint/policy/edit';
import type { CompiledPolicy, SqlReading } from '@holdpoint/policy';

/** Names that mean themselves in a pattern, in a condition and in YAML. */
const PLAIN = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** What calls a proposal is about. */
export interface ProposedCalls {
  readonly connection: string;
  readonly method: string;
  readonly target: string;
}

/** A rule for calls that no rule is about; it holds them until its author says otherwise. */
export function coverDraft(
  source: string,
  { rules }: CompiledPolicy,
  calls: ProposedCalls,
): string | null {
  const about = aboutOf(calls);
  if (about === undefined) return null;
  const taken = rules.map(({ id }) => id);
  const added = addRule(source, {
    id: newRuleId(taken, idOf('decide', calls)),
    description: `Say what happens with ${calls.target === '' ? calls.method : calls.target} on ${calls.connection}`,
    ...about,
    effect: 'hold',
  });
  return textOf(added);
}

/**
 * Lets pass what was always approved: for the very callers, tool and connection that it was, and for
 * SQL only where it just reads. The rules that held it leave exactly that out; one that masks, too,
 * would no longer mask then, so its author writes that.
 */
export function allowDraft(
  source: string,
  { rules }: CompiledPolicy,
  {
    calls,
    ruleIds,
    subjects,
    sql,
    reason,
  }: {
    readonly calls: ProposedCalls;
    readonly ruleIds: readonly string[];
    readonly subjects: readonly string[];
    readonly sql: SqlReading | undefined;
    readonly reason: string;
  },
): string | null {
  const about = aboutOf(calls);
  if (about === undefined || about.tools === undefined) return null;
  if (subjects.length === 0 || !subjects.every((subject) => PLAIN.test(subject))) return null;
  const reads = sql === undefined ? undefined : onlyReads(sql);
  const these = [
    `connection.name == ${JSON.stringify(calls.connection)}`,
    `call.name == ${JSON.stringify(calls.target)}`,
    `caller.subject in ${JSON.stringify(subjects)}`,
    ...(reads === undefined ? [] : [reads]),
  ].join(' && ');
  let text: string | null = source;
  for (const ruleId of ruleIds) {
    const index = rules.findIndex(({ id }) => id === ruleId);
    const rule = rules[index];
    if (rule === undefined || rule.masks.length > 0 || text === null) return null;
    const unless =
      rule.unless === undefined ? these : `${inBrackets(rule.unless.source)} || ${these}`;
    text = textOf(editRule(text, index, { unless }));
  }
  if (text === null) return null;
  const taken = rules.map(({ id }) => id);
  return textOf(
    addRule(text, {
      id: newRuleId(taken, idOf('allow', calls)),
      description: reason,
      ...about,
      subjects,
      ...(reads !== undefined && { when: reads }),
      effect: 'allow',
    }),
  );
}

function onlyReads({ path, dialect }: SqlReading): string {
  const written = dialect === 'postgres' ? '' : `, ${JSON.stringify(dialect)}`;
  return `!sql(args.${path.join('.')}${written}).mutates`;
}

export function removeDraft(
  source: string,
  { rules }: CompiledPolicy,
  ruleId: string,
): string | null {
  return textOf(
    removeRule(
      source,
      rules.findIndex(({ id }) => id === ruleId),
    ),
  );
}

/** A rule in observe mode, enforced. */
export function enforceDraft(
  source: string,
  { rules }: CompiledPolicy,
  ruleId: string,
): string | null {
  const index = rules.findIndex(({ id }) => id === ruleId);
  return textOf(editRule(source, index, { mode: null }));
}

/** An odd name may be a pattern, too; then its author writes the rule. */
function aboutOf({ connection, method, target }: ProposedCalls) {
  const connections = [connection];
  if (target === '') return { connections, methods: [method] };
  if (!PLAIN.test(target)) return undefined;
  switch (method) {
    case 'tools/call':
      return { connections, tools: [target] };
    case 'prompts/get':
      return { connections, prompts: [target] };
    default:
      return undefined;
  }
}

function idOf(verb: string, { target, method }: ProposedCalls): string {
  const name = (target === '' ? method : target).replace(/[^A-Za-z0-9._-]/g, '-');
  return `${verb}-${name}`.slice(0, 60);
}

function textOf(result: EditResult): string | null {
  return result.ok ? result.text : null;
}

import type { JudgedCall } from '../call.ts';
import { compilePolicy, type CompiledPolicy } from '../compile.ts';

type Overrides = Partial<Omit<JudgedCall, 'connection' | 'caller'>> & {
  readonly connection?: Partial<JudgedCall['connection']>;
  readonly caller?: Partial<JudgedCall['caller']>;
};

/** A service's call of the tool `query` on the connection `prod-eu`, where nothing is marked read-only. */
export function judgedCall(overrides: Overrides = {}): JudgedCall {
  return {
    method: 'tools/call',
    target: { name: 'query' },
    args: { sql: 'select 1' },
    params: { name: 'query', arguments: { sql: 'select 1' } },
    session: {},
    now: new Date('2026-11-22T15:00:00Z'),
    ...overrides,
    connection: {
      name: 'prod-eu',
      defaultEffect: 'hold',
      readOnly: {
        tools: [],
        resources: false,
        prompts: false,
        completion: false,
        subscriptions: false,
      },
      ...overrides.connection,
    },
    caller: {
      subject: 'etl',
      issuer: 'https://id.example',
      groups: ['data-agents'],
      kind: 'service',
      ...overrides.caller,
    },
  };
}

/** Compiles a policy that is expected to be right. */
export function compiled(yaml: string): CompiledPolicy {
  const result = compilePolicy(yaml);
  if (result.ok) return result.policy;
  throw new Error(result.issues.map((issue) => `${issue.line}: ${issue.message}`).join('\n'));
}

/** A policy of rules written in YAML's one-line form, one a line, their ids given by position. */
export function rules(...lines: readonly string[]): CompiledPolicy {
  if (lines.length === 0) return compiled('rules: []');
  return compiled(
    `rules:\n${lines.map((line, index) => `  - { id: r${index + 1}, ${line} }\n`).join('')}`,
  );
}

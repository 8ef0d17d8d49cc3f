import type { PolicyCaseResult, PolicyIssue, PolicyValidation } from '@holdpoint/contracts';
import { compilePolicy, type CompileResult, type KnownTool } from '@holdpoint/policy';
import { parseCases, runCase } from '@holdpoint/policy/cases';
import { Injectable } from '@nestjs/common';
import { ConnectionRegistry } from '../connections/connection-registry.ts';
import { ToolCatalogue } from '../connections/tool-catalogue.ts';
import { RotaRegistry } from '../rotas/rota-registry.ts';
import { GatewayError } from '../platform/gateway.error.ts';

/** More tools than these are of no help to an author, and each costs time while they type. */
const MAX_TOOLS = 2000;

type Checked = Omit<PolicyValidation, 'changes'>;

/** What is said about a text while it is written, and what keeps it from being published. */
@Injectable()
export class PolicyCheck {
  constructor(
    private readonly registry: ConnectionRegistry,
    private readonly catalogue: ToolCatalogue,
    private readonly rotas: RotaRegistry,
  ) {}

  check(source: string, cases: string): Checked {
    const compiled = compileToPublish(source, this.#knownTools(), this.rotas.people());
    const parsed = cases.trim() === '' ? { ok: true as const, cases: [] } : parseCases(cases);
    const now = new Date();
    return {
      ok: compiled.ok,
      issues: compiled.ok ? [] : compiled.issues.map(toIssue),
      warnings: compiled.ok ? compiled.warnings.map(toIssue) : [],
      ruleCount: compiled.ok ? compiled.policy.rules.length : 0,
      cases: {
        issues: parsed.ok ? [] : parsed.issues.map(toIssue),
        results:
          compiled.ok && parsed.ok
            ? parsed.cases.map((one): PolicyCaseResult => {
                const { differences } = runCase(compiled.policy, one, now);
                const { description, line } = one;
                return { description, line, differences: [...differences] };
              })
            : [],
      },
    };
  }

  /**
   * The same for what is about to be published.
   *
   * @throws GatewayError `policy_invalid` or `cases_failed`, with what is wrong in `details`
   */
  require(source: string, cases: string): Checked {
    const checked = this.check(source, cases);
    if (!checked.ok)
      throw new GatewayError('policy_invalid', 'The policy has faults, so it was not published.', {
        details: { issues: checked.issues },
      });
    const failed = checked.cases.results.filter(({ differences }) => differences.length > 0);
    if (checked.cases.issues.length > 0)
      throw new GatewayError(
        'policy_invalid',
        'The test cases can’t be read, so the policy was not published.',
        { details: { issues: [], caseIssues: checked.cases.issues } },
      );
    if (failed.length > 0)
      throw new GatewayError(
        'cases_failed',
        `${failed.length} of ${checked.cases.results.length} test cases fail, so the policy was not published.`,
        { details: { cases: failed } },
      );
    return checked;
  }

  #knownTools(): readonly KnownTool[] {
    const tools: KnownTool[] = [];
    for (const { id, slug } of this.registry.all()) {
      for (const { definition } of this.catalogue.list(id)) {
        if (tools.length >= MAX_TOOLS) return tools;
        const { name, inputSchema } = definition;
        tools.push({ connection: slug, name, inputSchema });
      }
    }
    return tools;
  }
}

/** Stricter than reading a stored version: a rule that names a chain nobody defined would only deny. */
function compileToPublish(
  source: string,
  tools: readonly KnownTool[],
  rotas: ReadonlyMap<string, readonly string[]> = new Map(),
): CompileResult {
  if (!source.includes('\0')) return compilePolicy(source, { knownChains: [], tools, rotas });
  const place = { line: 1, column: 1, endLine: 1, endColumn: 1 };
  return {
    ok: false,
    issues: [{ message: 'The text holds a NUL character.', path: [], ...place }],
  };
}

function toIssue(issue: Extract<CompileResult, { ok: false }>['issues'][number]): PolicyIssue {
  return { ...issue, path: [...issue.path] };
}

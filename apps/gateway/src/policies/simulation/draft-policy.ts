import { compilePolicy, type CompiledPolicy } from '@holdpoint/policy';
import { GatewayError } from '../../platform/gateway.error.ts';

/**
 * A draft that can judge.
 *
 * @throws GatewayError `policy_invalid` with its faults
 */
export function compileDraft(source: string): CompiledPolicy {
  const compiled = compilePolicy(source, { knownChains: [] });
  if (compiled.ok) return compiled.policy;
  throw new GatewayError(
    'policy_invalid',
    'The draft has faults, so nothing can be judged by it. Correct them first.',
    { details: { issues: compiled.issues.map(({ path: _path, ...issue }) => issue) } },
  );
}

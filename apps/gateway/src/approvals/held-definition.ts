import type { ApprovalDetail } from '@holdpoint/contracts';
import type { ConnectionRecord } from '../connections/connection-registry.ts';
import { quarantineReason } from '../connections/quarantine.ts';
import { kindCalled, type ToolCatalogue } from '../connections/tool-catalogue.ts';
import type { ApprovalRecord } from './approval.ts';

/**
 * That nobody accepted the definition of what is called: as it was decided, or, where a rule holds
 * the call anyway, as it is while somebody may still give a verdict.
 */
export function quarantinedOf(
  record: ApprovalRecord,
  connection: ConnectionRecord | undefined,
  catalogue: ToolCatalogue,
): ApprovalDetail['quarantined'] {
  const { method, target, decision, connectionId } = record;
  const called = method.startsWith('resources/') ? { uri: target } : { name: target };
  const kind = kindCalled(method, called);
  if (kind === undefined || target === '') return null;
  const now =
    connection !== undefined && record.state === 'held'
      ? catalogue.quarantineOf(connection, method, called)
      : undefined;
  const reason =
    decision.source === 'catalogue' ? decision.explanation : now && quarantineReason(now);
  if (reason === undefined) return null;
  return {
    reason,
    item: catalogue.isListed(connectionId, kind, target) ? { kind, name: target } : null,
  };
}

import type { Connection } from '@holdpoint/contracts';
import type { StoredConnection } from './connection.repository.ts';
import { originOf } from './origin-of.ts';
import type { ToolCatalogue } from './tool-catalogue.ts';
import { readOnlyHintOf } from './upstream-probe.ts';

/** A connection as the console shows it. Addresses may carry secrets, so only admins get them whole. */
export function toConnectionView(
  stored: StoredConnection,
  catalogue: ToolCatalogue,
  options: { readonly publicUrl: string; readonly whole: boolean },
): Connection {
  const { record } = stored;
  const shown = (url: string) => (options.whole ? url : originOf(url));
  return {
    id: record.id,
    slug: record.slug,
    title: record.title,
    url: shown(record.url),
    endpoint: `${options.publicUrl}/mcp/${record.slug}`,
    allowPrivate: record.allowPrivate,
    transport: record.transport,
    detectedTransport: record.detectedTransport,
    credentialKind: stored.credentialKind,
    callerGroups: [...record.callerGroups],
    defaultEffect: record.defaultEffect,
    readOnly: record.readOnly,
    chain: [...record.chain],
    holdDeadlineS: record.holdDeadlineMs / 1000,
    clients: [...record.clients],
    approvalWindowS: record.approvalWindowMs / 1000,
    quarantine: record.quarantine,
    firstCatalogue: record.firstCatalogue,
    quarantined: catalogue.countQuarantined(record.id),
    webhook: record.webhook && { ...record.webhook, url: shown(record.webhook.url) },
    frozen: record.frozen && { ...record.frozen, at: record.frozen.at.toISOString() },
    version: record.version,
    tools: catalogue.list(record.id).map(({ definition, seenAt }) => ({
      name: definition.name,
      description: definition.description ?? null,
      readOnlyHint: readOnlyHintOf(definition),
      seenAt: seenAt.toISOString(),
    })),
    createdAt: stored.createdAt.toISOString(),
    updatedAt: stored.updatedAt.toISOString(),
  };
}

import type { ConnectionInput, CredentialInput, Transport } from '@holdpoint/contracts';
import type { Queryable } from '../platform/database.ts';

/** What a form sets, with its secrets sealed. */
export interface ConnectionSettings {
  readonly input: ConnectionInput;
  readonly credential:
    { readonly kind: CredentialInput['kind']; readonly sealed: Uint8Array | null } | 'keep';
  readonly webhookSecret: Uint8Array | null | 'keep';
}

/** False when the slug is taken. */
export async function insertConnection(
  on: Queryable,
  id: string,
  settings: ConnectionSettings,
): Promise<boolean> {
  const { credential, webhookSecret } = settings;
  const { rowCount } = await on.query(
    `insert into connection (
       id, title, url, allow_private, caller_groups, default_effect, read_only, chain,
       hold_deadline_ms, approval_window_ms, webhook_url, webhook_allow_private, clients,
       transport, quarantine, first_catalogue, slug, credential_kind, credential_sealed,
       webhook_secret_sealed)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
             $19, $20)
     on conflict (slug) do nothing`,
    [
      id,
      ...settingCells(settings.input),
      settings.input.slug,
      credential === 'keep' ? 'none' : credential.kind,
      credential === 'keep' ? null : credential.sealed,
      webhookSecret === 'keep' ? null : webhookSecret,
    ],
  );
  return rowCount === 1;
}

/** False when another edit came first. */
export async function updateConnection(
  on: Queryable,
  id: string,
  version: number,
  { input, credential, webhookSecret }: ConnectionSettings,
): Promise<boolean> {
  const { rowCount } = await on.query(
    `update connection set
       title = $2, url = $3, allow_private = $4, caller_groups = $5, default_effect = $6,
       read_only = $7, chain = $8, hold_deadline_ms = $9, approval_window_ms = $10,
       webhook_url = $11, webhook_allow_private = $12, clients = $13, transport = $14,
       quarantine = $15, first_catalogue = $16,
       detected_transport = case when url = $3 and transport = $14 then detected_transport end,
       credential_kind = case when $17 then credential_kind else $18 end,
       credential_sealed = case when $17 then credential_sealed else $19 end,
       webhook_secret_sealed = case when $20 then webhook_secret_sealed else $21 end,
       freeze_epoch = freeze_epoch
         + case when url <> $3 or not $17 or not (caller_groups <@ $5) then 1 else 0 end,
       version = version + 1, updated_at = now()
     where id = $1 and version = $22`,
    [
      id,
      ...settingCells(input),
      credential === 'keep',
      credential === 'keep' ? null : credential.kind,
      credential === 'keep' ? null : credential.sealed,
      webhookSecret === 'keep',
      webhookSecret === 'keep' ? null : webhookSecret,
      version,
    ],
  );
  return rowCount === 1;
}

function settingCells(input: ConnectionInput): readonly unknown[] {
  return [
    input.title,
    input.url,
    input.allowPrivate,
    input.callerGroups,
    input.defaultEffect,
    JSON.stringify(input.readOnly),
    JSON.stringify(input.chain),
    input.holdDeadlineS * 1000,
    input.approvalWindowS * 1000,
    input.webhook?.url ?? null,
    input.webhook?.allowPrivate ?? false,
    JSON.stringify(input.clients),
    input.transport,
    input.quarantine,
    input.firstCatalogue,
  ];
}

/** What listing found out. False where that was known. */
export async function keepDetectedTransport(
  on: Queryable,
  id: string,
  transport: Transport,
): Promise<boolean> {
  const { rowCount } = await on.query(
    `update connection set detected_transport = $2, updated_at = now()
     where id = $1 and detected_transport is distinct from $2`,
    [id, transport],
  );
  return rowCount === 1;
}

/** False when it is frozen already. The epoch voids every release that was given before. */
export async function freezeConnection(
  on: Queryable,
  id: string,
  by: string,
  reason: string,
): Promise<boolean> {
  const { rowCount } = await on.query(
    `update connection set frozen_at = now(), frozen_by = $2, frozen_reason = $3,
       freeze_epoch = freeze_epoch + 1, updated_at = now()
     where id = $1 and frozen_at is null`,
    [id, by, reason],
  );
  return rowCount === 1;
}

/** False when it is not frozen. */
export async function unfreezeConnection(on: Queryable, id: string): Promise<boolean> {
  const { rowCount } = await on.query(
    `update connection set frozen_at = null, frozen_by = null, frozen_reason = null,
       freeze_epoch = freeze_epoch + 1, updated_at = now()
     where id = $1 and frozen_at is not null`,
    [id],
  );
  return rowCount === 1;
}

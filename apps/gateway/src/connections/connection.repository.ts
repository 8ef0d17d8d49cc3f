import {
  chainStepInputSchema,
  clientSettingSchema,
  effectSchema,
  firstCatalogueSchema,
  quarantineSchema,
  readOnlyMarksSchema,
  transportSchema,
  transportSettingSchema,
  type ChainStepInput,
  type ClientSetting,
  type Effect,
  type FirstCatalogue,
  type Quarantine,
  type ReadOnlyMarks,
  type Transport,
  type TransportSetting,
} from '@holdpoint/contracts';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Database } from '../platform/database.ts';
import type { Connection as Row } from '../platform/prisma/generated/client.ts';

/** A connection as the data path needs it; holds no secret. */
export interface ConnectionRecord {
  readonly id: string;
  readonly slug: string;
  readonly title: string;
  readonly url: string;
  readonly allowPrivate: boolean;
  readonly transport: TransportSetting;
  /** What `auto` found when the tools were last listed; `null` before. */
  readonly detectedTransport: Transport | null;
  /** Empty means nobody. */
  readonly callerGroups: readonly string[];
  readonly defaultEffect: Effect;
  readonly readOnly: ReadOnlyMarks;
  readonly chain: readonly ChainStepInput[];
  readonly holdDeadlineMs: number;
  /** Clients that are held otherwise; the first that matches counts. */
  readonly clients: readonly ClientSetting[];
  readonly approvalWindowMs: number;
  readonly quarantine: Quarantine;
  readonly firstCatalogue: FirstCatalogue;
  readonly frozen: { readonly at: Date; readonly by: string; readonly reason: string } | null;
  /** Rises with every freeze and unfreeze; part of every release. */
  readonly freezeEpoch: number;
  readonly version: number;
  readonly webhook: { readonly url: string; readonly allowPrivate: boolean } | null;
}

export interface StoredConnection {
  readonly record: ConnectionRecord;
  readonly credentialKind: 'none' | 'bearer' | 'header';
  readonly credentialSealed: Uint8Array | null;
  readonly webhookSecretSealed: Uint8Array | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

const credentialKindSchema = z.enum(['none', 'bearer', 'header']);
const fingerprintSchema = z.object({ fingerprint: z.string() });

/** Reads connections. Writes are named SQL in `connection.sql.ts`, beside their audit entries. */
@Injectable()
export class ConnectionRepository {
  constructor(private readonly database: Database) {}

  async all(): Promise<readonly StoredConnection[]> {
    const rows = await this.database.prisma.connection.findMany({ orderBy: { slug: 'asc' } });
    return rows.map(toStored);
  }

  async byId(id: string): Promise<StoredConnection | undefined> {
    const row = await this.database.prisma.connection.findUnique({ where: { id } });
    return row === null ? undefined : toStored(row);
  }

  /** Changes whenever any connection does. */
  async fingerprint(): Promise<string> {
    const { rows } = await this.database.pool.query(
      `select concat_ws('/', count(*), max(updated_at), sum(version), sum(freeze_epoch),
                        sum(catalogue_epoch)) as fingerprint
       from connection`,
    );
    return fingerprintSchema.parse(rows[0]).fingerprint;
  }
}

/** A row that can't be read fails the whole load: half of the settings would be looser than all. */
function toStored(row: Row): StoredConnection {
  return {
    record: {
      id: row.id,
      slug: row.slug,
      title: row.title,
      url: row.url,
      allowPrivate: row.allowPrivate,
      transport: transportSettingSchema.parse(row.transport),
      detectedTransport: transportSchema.nullable().parse(row.detectedTransport),
      callerGroups: row.callerGroups,
      defaultEffect: effectSchema.parse(row.defaultEffect),
      readOnly: readOnlyMarksSchema.parse(row.readOnly),
      chain: z.array(chainStepInputSchema).parse(row.chain),
      holdDeadlineMs: row.holdDeadlineMs,
      clients: z.array(clientSettingSchema).parse(row.clients),
      approvalWindowMs: row.approvalWindowMs,
      quarantine: quarantineSchema.parse(row.quarantine),
      firstCatalogue: firstCatalogueSchema.parse(row.firstCatalogue),
      frozen:
        row.frozenAt === null
          ? null
          : { at: row.frozenAt, by: row.frozenBy ?? '', reason: row.frozenReason ?? '' },
      freezeEpoch: row.freezeEpoch,
      version: row.version,
      webhook:
        row.webhookUrl === null
          ? null
          : { url: row.webhookUrl, allowPrivate: row.webhookAllowPrivate },
    },
    credentialKind: credentialKindSchema.parse(row.credentialKind),
    credentialSealed: row.credentialSealed,
    webhookSecretSealed: row.webhookSecretSealed,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
}

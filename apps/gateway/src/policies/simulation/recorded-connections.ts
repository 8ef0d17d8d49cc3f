import { Injectable } from '@nestjs/common';
import {
  ConnectionRegistry,
  type ConnectionRecord,
} from '../../connections/connection-registry.ts';
import { GatewayError } from '../../platform/gateway.error.ts';

/** The connections that recorded calls went to. */
@Injectable()
export class RecordedConnections {
  constructor(private readonly registry: ConnectionRegistry) {}

  byId(id: string): ConnectionRecord | undefined {
    return this.registry.byId(id);
  }

  /** A freeze is left out where policies are compared: under it each of them does the same. */
  unfrozen(id: string): ConnectionRecord | undefined {
    const connection = this.registry.byId(id);
    return connection?.frozen ? { ...connection, frozen: null } : connection;
  }

  bySlug(slug: string): ConnectionRecord | undefined {
    return this.registry.bySlug(slug);
  }

  slugOf(id: string): string {
    return this.registry.byId(id)?.slug ?? 'a removed connection';
  }

  /** Stands for a connection that a pasted call names and nobody registered: it holds, and asks somebody. */
  madeUp(slug: string): ConnectionRecord {
    return { ...MADE_UP, slug, title: slug };
  }

  /** @throws GatewayError `invalid_input` for a name that no connection has */
  idsOf(slugs: readonly string[] | undefined): readonly string[] | null {
    if (slugs === undefined) return null;
    return slugs.map((slug) => {
      const connection = this.registry.bySlug(slug);
      if (connection !== undefined) return connection.id;
      throw new GatewayError('invalid_input', `There is no connection "${slug}".`);
    });
  }
}

const MADE_UP: Omit<ConnectionRecord, 'slug' | 'title'> = {
  id: '00000000-0000-0000-0000-000000000000',
  url: '',
  allowPrivate: false,
  transport: 'auto',
  detectedTransport: null,
  callerGroups: [],
  defaultEffect: 'hold',
  readOnly: {
    tools: [],
    resources: false,
    prompts: false,
    completion: false,
    subscriptions: false,
  },
  chain: [{ groups: ['its reviewers'], people: [], quorum: 1 }],
  holdDeadlineMs: 0,
  clients: [],
  // A chain without time could be satisfied by nobody, and its hold would be a denial.
  approvalWindowMs: 3_600_000,
  quarantine: 'hold',
  firstCatalogue: 'accept',
  frozen: null,
  freezeEpoch: 0,
  version: 0,
  webhook: null,
};

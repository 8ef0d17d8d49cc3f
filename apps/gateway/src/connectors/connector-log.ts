import { connectorLogSchema, type ConnectorLog, type ConnectorLogLine } from '@holdpoint/contracts';
import { Injectable } from '@nestjs/common';
import { ChangeBus } from '../platform/change-bus.ts';
import { Database } from '../platform/database.ts';
import { Envelope } from '../platform/envelope.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import { keepLog, readLog } from './connector-link.sql.ts';

/** What is kept of one connector's log. */
export const LOG_LINES = 200;
const LINE_LENGTH = 500;

/**
 * The newest lines of connectors' logs. They hold what MCP servers write to stderr, so they are sealed,
 * and they stay when a connector drops: that is when somebody wants to read them.
 */
@Injectable()
export class ConnectorLogs {
  constructor(
    private readonly database: Database,
    private readonly envelope: Envelope,
    private readonly bus: ChangeBus,
  ) {}

  /** @throws GatewayError `not_found` */
  async read(id: string): Promise<ConnectorLog> {
    const sealed = await readLog(this.database.pool, id);
    if (sealed === undefined) throw new GatewayError('not_found', 'There is no such connector.');
    return { lines: this.#open(id, sealed) };
  }

  /** INVARIANT: called for one connector at a time, by the gateway that it is linked to. */
  async append(id: string, lines: readonly ConnectorLogLine[]): Promise<void> {
    const before = this.#open(id, (await readLog(this.database.pool, id)) ?? null);
    const kept = JSON.stringify({ lines: [...before, ...lines].slice(-LOG_LINES) });
    await keepLog(this.database.pool, id, this.envelope.sealText(kept, place(id)));
    await this.bus.announce('connectors', id);
  }

  #open(id: string, sealed: Uint8Array | null): ConnectorLogLine[] {
    if (sealed === null) return [];
    return connectorLogSchema.parse(JSON.parse(this.envelope.openText(sealed, place(id)))).lines;
  }
}

/** Untrusted: as long as is kept, and no longer. */
export function boundedLine(line: ConnectorLogLine): ConnectorLogLine {
  const { text } = line;
  return text.length <= LINE_LENGTH ? line : { ...line, text: `${text.slice(0, LINE_LENGTH)}…` };
}

const place = (id: string) => `connector-log:${id}`;

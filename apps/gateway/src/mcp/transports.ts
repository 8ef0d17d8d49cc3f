import { setTimeout as delay } from 'node:timers/promises';
import type { Era } from '@holdpoint/mcp';
import { Injectable } from '@nestjs/common';
import { ConnectionRegistry, type ConnectionRecord } from '../connections/connection-registry.ts';
import { ToolCatalogue } from '../connections/tool-catalogue.ts';
import { GatewayError } from '../platform/gateway.error.ts';

/** A session does not wait longer than this for an upstream to be found out. */
const FIND_OUT_MS = 5000;
const ASK_AGAIN_MS = 2000;

/** How each upstream is spoken to. */
@Injectable()
export class Transports {
  readonly #asked = new WeakMap<ConnectionRecord, { at: number; answer: Promise<void> }>();

  constructor(
    private readonly connections: ConnectionRegistry,
    private readonly catalogue: ToolCatalogue,
  ) {}

  /** Whether the upstream speaks HTTP+SSE: what `auto` means was found out when its tools were listed. */
  isSse({ id, transport }: ConnectionRecord): boolean {
    return transport === 'auto'
      ? this.connections.byId(id)?.detectedTransport === 'sse'
      : transport === 'sse';
  }

  /**
   * For the first message of a session: by then it is known how the upstream is spoken to, and a
   * client of the stateless era gets the answer to fall back on from an upstream that is older.
   *
   * @throws GatewayError `unknown_method`
   */
  async meet(connection: ConnectionRecord, era: Era): Promise<void> {
    if (connection.transport === 'auto') await this.#findOut(connection);
    if (era === 'modern' && this.isSse(connection))
      throw new GatewayError(
        'unknown_method',
        'This connection’s upstream speaks revisions up to 2025-11-25: begin with initialize.',
      );
  }

  /** By listing tools as the gateway itself; never by sending what an agent sent. */
  async #findOut(connection: ConnectionRecord): Promise<void> {
    if (this.connections.byId(connection.id)?.detectedTransport != null) return;
    const last = this.#asked.get(connection);
    if (last !== undefined && performance.now() - last.at < ASK_AGAIN_MS) return last.answer;
    const answer = this.#ask(connection);
    this.#asked.set(connection, { at: performance.now(), answer });
    return answer;
  }

  /** One that can't be reached stays unknown, and is asked again by a later session. */
  async #ask(connection: ConnectionRecord): Promise<void> {
    const listed = this.catalogue.refresh(connection).then(
      () => this.connections.refresh().catch(() => undefined),
      () => undefined,
    );
    await Promise.race([listed, delay(FIND_OUT_MS, undefined, { ref: false })]);
  }
}

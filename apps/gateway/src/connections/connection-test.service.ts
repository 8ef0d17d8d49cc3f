import type { ConnectionTest, ConnectionTestInput } from '@holdpoint/contracts';
import { Injectable } from '@nestjs/common';
import { GatewayError } from '../platform/gateway.error.ts';
import { ConnectionRegistry } from './connection-registry.ts';
import { originOf } from './origin-of.ts';
import { headersOf } from './credential-vault.ts';
import { ToolCatalogue } from './tool-catalogue.ts';
import { toConnectionTest, UpstreamProbe } from './upstream-probe.ts';

/** "Test" and "refresh tools": asks an upstream for its tools and names what went wrong. */
@Injectable()
export class ConnectionTestService {
  constructor(
    private readonly registry: ConnectionRegistry,
    private readonly catalogue: ToolCatalogue,
    private readonly upstreams: UpstreamProbe,
  ) {}

  /** Tests what stands in the form, saved or not; nothing is stored. */
  async test(input: ConnectionTestInput): Promise<ConnectionTest> {
    const headers =
      input.credential === undefined ? this.#storedHeaders(input) : headersOf(input.credential);
    const { url, allowPrivate, transport = 'auto' } = input;
    const upstream = { url, allowPrivate, headers, transport, detectedTransport: null };
    return toConnectionTest(await this.upstreams.probe(upstream));
  }

  async refreshTools(id: string): Promise<ConnectionTest> {
    const record = this.registry.byId(id);
    if (record === undefined) throw new GatewayError('not_found', 'There is no such connection.');
    return toConnectionTest(await this.catalogue.refresh(record, 'everything'));
  }

  /** INVARIANT: a stored credential never goes to another origin than it was entered for. */
  #storedHeaders({ id, url }: ConnectionTestInput): Readonly<Record<string, string>> {
    const record = id === undefined ? undefined : this.registry.byId(id);
    if (record === undefined || originOf(record.url) !== originOf(url)) return {};
    return this.registry.headersFor(record);
  }
}

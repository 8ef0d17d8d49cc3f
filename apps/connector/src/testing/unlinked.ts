import type { AddressInfo } from 'node:net';
import { configSchema } from '../config/config.ts';
import { loadState } from '../config/state.ts';
import { Connector } from '../connector.ts';
import type { ConnectorError } from '../connector.error.ts';
import { FarEnd } from './far-end.ts';
import { ODD_SERVER } from './legacy-client.ts';
import { enrolAt, NODE, scratch } from './setup.ts';

export const ODD = { odd: { stdio: { command: NODE, args: [ODD_SERVER], stopSeconds: 1 } } };

/** A connector that hasn't been started yet, enrolled at a far end and pointed where the test says. */
export async function unlinked(gateway?: string, options: Record<string, unknown> = {}) {
  const far = await FarEnd.start();
  const { path, remove } = scratch();
  await enrolAt(far, path);
  const lines: string[] = [];
  const revoked: ConnectorError[] = [];
  const state = loadState(path);
  const connector = new Connector({
    config: configSchema.parse({ servers: ODD, gateway: { proxy: 'none', ...options } }),
    state: { ...state, gateway: gateway ?? state.gateway },
    version: '0.1.0',
    env: {},
    write: (line) => lines.push(line),
  });
  return {
    far,
    lines,
    revoked,
    start: () => connector.start({ revoked: (error) => revoked.push(error) }),
    stop: async () => {
      await connector.stop();
      await far.close();
      remove();
    },
  };
}

export function portOf(server: { address(): AddressInfo | string | null }): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

import { connect, isIP, type Socket } from 'node:net';
import { Inject, Injectable } from '@nestjs/common';
import type { Environment } from '../env.ts';
import { ENVIRONMENT } from '../platform/tokens.ts';
import { checkAddress, guardedLookup } from './http-outgoing.ts';

const TIMEOUT_MS = 10_000;

export interface SocketTarget {
  readonly host: string;
  readonly port: number;
  /** Private and loopback addresses are refused without it. */
  readonly allowPrivate: boolean;
}

/** The way out for what isn't HTTP, under the same guard: what was resolved and checked is connected. */
@Injectable()
export class OutgoingSockets {
  constructor(@Inject(ENVIRONMENT) private readonly env: Pick<Environment, 'HOLDPOINT_PORT'>) {}

  /**
   * A connected socket, before any TLS.
   *
   * @throws GatewayError `address_refused`; or what the network says
   */
  async open({ host, port, allowPrivate }: SocketTarget): Promise<Socket> {
    const rule = { allowPrivate, isOwnPort: port === this.env.HOLDPOINT_PORT };
    if (isIP(host) !== 0) checkAddress(host, rule);
    const socket = connect({ host, port, lookup: guardedLookup(rule) });
    return new Promise((resolve, reject) => {
      const fail = (error: Error) => {
        socket.destroy();
        reject(error);
      };
      socket.setTimeout(TIMEOUT_MS, () =>
        fail(Object.assign(new Error('Connecting took too long.'), { code: 'ETIMEDOUT' })),
      );
      socket.once('error', fail);
      socket.once('connect', () => {
        socket.setTimeout(0).removeAllListeners('timeout').off('error', fail);
        resolve(socket);
      });
    });
  }
}

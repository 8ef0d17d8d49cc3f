import type {
  AnswerHead,
  ConnectorStatus,
  GoAway,
  Hello,
  LogBatch,
  OpenHead,
  Refused,
  StreamReset,
  Welcome,
} from '../messages.ts';
import { Tunnel } from '../tunnel.ts';
import type { TunnelEnd, TunnelLimits } from '../tunnel-events.ts';
import type { StreamHandlers, TunnelStream } from '../tunnel-stream.ts';
import { FakePort } from './fake-port.ts';

const text = new TextDecoder();
export const bytes = (value: string) => new TextEncoder().encode(value);

export const HELLO: Hello = {
  versions: [1],
  connectorId: 'c-1',
  signature: 'A'.repeat(86),
  connectorVersion: '0.1.0',
  instance: 'i-1',
  maxStreams: 4,
  servers: [{ name: 'files', kind: 'stdio' }],
};

const WELCOME: Welcome = { version: 1, gatewayVersion: '0.1.0', site: 'home' };

export const HEAD: OpenHead = {
  server: 'files',
  method: 'POST',
  headers: { accept: 'text/plain' },
};
export const ANSWER: AnswerHead = { status: 200, headers: { 'content-type': 'text/plain' } };

/** Remembers what a stream told. */
export class Recorder implements StreamHandlers {
  head: AnswerHead | undefined;
  body = '';
  ended = false;
  reset: StreamReset | undefined;
  drains = 0;

  onHead(head: AnswerHead): void {
    this.head = head;
  }
  onData(chunk: Uint8Array): void {
    this.body += text.decode(chunk);
  }
  onEnd(): void {
    this.ended = true;
  }
  onReset(reset: StreamReset): void {
    this.reset = reset;
  }
  onDrain(): void {
    this.drains += 1;
  }
}

export interface Accepted {
  readonly head: OpenHead;
  readonly stream: TunnelStream;
  readonly seen: Recorder;
}

/** Both ends, joined by two fake sockets whose messages arrive when the test says so. */
export class Pair {
  readonly gatewayPort = new FakePort();
  readonly connectorPort = new FakePort();
  readonly accepted: Accepted[] = [];
  readonly ends: { gateway?: TunnelEnd; connector?: TunnelEnd } = {};
  readonly ticks: Array<() => void> = [];
  readonly hellos: Hello[] = [];
  readonly refusals: Refused[] = [];
  readonly statuses: ConnectorStatus[] = [];
  readonly logs: LogBatch[] = [];
  readonly faults: unknown[] = [];
  /** What the gateway was told of a connector that drains. */
  readonly notices: GoAway[] = [];
  readonly gateway: Tunnel;
  readonly connector: Tunnel;

  constructor(
    limits: Partial<TunnelLimits> = {},
    answer: (gateway: Tunnel) => void = (gateway) => gateway.welcome(WELCOME),
  ) {
    const clock = { every: (_ms: number, run: () => void) => this.#tick(run) };
    this.gateway = new Tunnel({
      role: 'gateway',
      port: this.gatewayPort,
      clock,
      limits,
      events: {
        onHello: (hello) => {
          this.hellos.push(hello);
          answer(this.gateway);
        },
        onStatus: (status) => this.statuses.push(status),
        onLog: (batch) => this.logs.push(batch),
        onGoAway: (notice) => this.notices.push(notice),
        onFault: (error) => this.faults.push(error),
        onClose: (end) => (this.ends.gateway = end),
      },
    });
    this.connector = new Tunnel({
      role: 'connector',
      port: this.connectorPort,
      clock,
      limits,
      events: {
        onChallenge: () => this.connector.hello(HELLO),
        onWelcome: () => undefined,
        onRefused: (refused) => this.refusals.push(refused),
        onFault: (error) => this.faults.push(error),
        onOpen: (head, stream) => {
          const seen = new Recorder();
          this.accepted.push({ head, stream, seen });
          return seen;
        },
        onClose: (end) => (this.ends.connector = end),
      },
    });
  }

  #tick(run: () => void): () => void {
    this.ticks.push(run);
    return () => this.ticks.splice(this.ticks.indexOf(run), 1);
  }

  greet(): this {
    this.gateway.challenge({ nonce: 'n'.repeat(22), versions: [1], gatewayVersion: '0.1.0' });
    this.settle();
    return this;
  }

  /** One interval passes. */
  tick(): void {
    for (const run of [...this.ticks]) run();
  }

  settle(): void {
    let moved = true;
    while (moved) {
      const there = this.gatewayPort.deliverOne(this.gateway, this.connector);
      const back = this.connectorPort.deliverOne(this.connector, this.gateway);
      moved = there || back;
    }
  }
}

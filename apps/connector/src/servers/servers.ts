import type {
  OfferedServer,
  OpenHead,
  ServerState,
  StreamHandlers,
  TunnelStream,
} from '@holdpoint/tunnel';
import type { Limits } from '../config/config.ts';
import type { ConnectorLog } from '../log/log.ts';
import { AnswerRoom, Exchange, PendingBytes } from './exchange.ts';
import type { ServerFront } from './server-front.ts';

/**
 * The configured servers, and every exchange with them.
 * INVARIANT: the gateway chooses one of these by its name. Nothing else that it sends decides what is
 * started or reached, not even if it is in an attacker's hand.
 */
export class Servers {
  readonly #fronts: ReadonlyMap<string, ServerFront>;
  readonly #limits: Limits;
  readonly #log: ConnectorLog;
  readonly #pending: PendingBytes;
  readonly #answers: AnswerRoom;
  readonly #open = new Set<Exchange>();

  constructor(fronts: ReadonlyMap<string, ServerFront>, limits: Limits, log: ConnectorLog) {
    this.#fronts = fronts;
    this.#limits = limits;
    this.#log = log;
    this.#pending = new PendingBytes(limits.maxPendingBytes);
    this.#answers = new AnswerRoom(limits.maxPendingBytes);
  }

  get offered(): OfferedServer[] {
    return [...this.#fronts].map(([name, { kind }]) => ({ name, kind }));
  }

  start(): void {
    for (const front of this.#fronts.values()) front.start();
  }

  /** An exchange begins: see `ConnectorEvents.onOpen`. */
  open(head: OpenHead, stream: TunnelStream): StreamHandlers {
    const front = this.#fronts.get(head.server);
    const exchange = new Exchange({
      head,
      stream,
      pending: this.#pending,
      answers: this.#answers,
      maxBytes: this.#limits.maxMessageBytes,
      begin: (whole) => this.#serve(front, whole),
      finished: (over) => this.#open.delete(over),
    });
    if (front === undefined) {
      this.#log.warn(`The gateway asked for a server that the file doesn't list: ${head.server}`);
      stream.reset({
        code: 'unknown_server',
        sent: false,
        message: `This connector has no server "${head.server}".`,
      });
      return exchange;
    }
    exchange.isListening = isListening(head);
    this.#open.add(exchange);
    return exchange;
  }

  /** Exchanges that will end by themselves. */
  get running(): number {
    let count = 0;
    for (const { isListening } of this.#open) if (!isListening) count += 1;
    return count;
  }

  get openStreams(): number {
    return this.#open.size;
  }

  /** 0 idle to 1 full. */
  get load(): number {
    return Math.min(1, Math.max(this.#open.size / this.#limits.maxStreams, this.#pending.share));
  }

  states(): ServerState[] {
    return [...this.#fronts].map(([name, front]) => ({ name, ...front.state() }));
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#fronts.values()].map((front) => front.stop()));
  }

  #serve(front: ServerFront | undefined, exchange: Exchange): void {
    try {
      front?.serve(exchange);
    } catch (error) {
      this.#log.error(`An exchange failed: ${String(error)}`, exchange.head.server);
      exchange.fail(error);
    }
  }
}

/** With an event's id it may be the rest of a call's stream, which a drain has to wait for. */
function isListening({ method, headers }: OpenHead): boolean {
  return method === 'GET'
    ? headers['last-event-id'] === undefined
    : headers['mcp-method'] === 'subscriptions/listen';
}

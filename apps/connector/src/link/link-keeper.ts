import type { ConnectorStatus } from '@holdpoint/tunnel';
import { ConnectorError, messageOf } from '../connector.error.ts';
import { Backoff } from './backoff.ts';
import { Link, type LinkFacts } from './link.ts';

const LEAST_WAIT_MS = 500;
const MOST_WAIT_MS = 30_000;
/** A refusal is an operator's to lift. */
const REFUSED_WAIT_MS = 20_000;
/** A link that lasted so long was a good one. */
const SETTLED_MS = 10_000;
const STATUS_MS = 5_000;
const NOTICED = 'The connector is stopping.';
/** Links whose gateways go, and take their time: more than a rolling upgrade needs. */
const MOST_DRAINING = 4;

/** Keeps one link to the gateway, and a second one while the gateway at the first one's end is going. */
export class LinkKeeper {
  readonly #facts: LinkFacts;
  readonly #status: () => ConnectorStatus;
  readonly #backoff = new Backoff(LEAST_WAIT_MS, MOST_WAIT_MS);
  readonly #draining = new Set<Link>();
  #current: Link | undefined;
  #isReady = false;
  #timer: NodeJS.Timeout | undefined;
  #statusTimer: NodeJS.Timeout | undefined;
  #isStopping = false;
  #onRevoked: ((error: ConnectorError) => void) | undefined;
  #onReady: (() => void) | undefined;

  constructor(facts: LinkFacts, status: () => ConnectorStatus) {
    this.#facts = facts;
    this.#status = status;
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  /** @param revoked - the gateway will never take this connector again */
  start(events: { revoked(error: ConnectorError): void; ready?(): void }): void {
    this.#onRevoked = events.revoked;
    this.#onReady = events.ready;
    this.#statusTimer = setInterval(() => this.#report(), STATUS_MS);
    this.#statusTimer.unref();
    this.#connect();
  }

  /** No new exchanges from now on, and no new link. */
  drain(): void {
    this.#isStopping = true;
    clearTimeout(this.#timer);
    for (const link of this.#links()) link.goAway(NOTICED);
  }

  /** After `drain`: no exchange is on its way here, and no whole answer still waits to leave. */
  get isQuiet(): boolean {
    return this.#links().every((link) => link.isQuiet);
  }

  stop(): void {
    this.drain();
    clearInterval(this.#statusTimer);
    this.#facts.log.connect(undefined);
    for (const link of this.#links()) link.close(NOTICED);
  }

  #links(): Link[] {
    return [...this.#draining, ...(this.#current === undefined ? [] : [this.#current])];
  }

  #connect(): void {
    if (this.#isStopping) return;
    const { log, state } = this.#facts;
    let readyAt: number | undefined;
    const settle = () => {
      if (readyAt !== undefined && performance.now() - readyAt > SETTLED_MS) this.#backoff.reset();
    };
    try {
      const link = new Link(this.#facts, {
        onReady: () => {
          readyAt = performance.now();
          this.#ready(link);
        },
        onDraining: () => {
          settle();
          this.#replace(link);
        },
        onEnd: ({ message, refused }) => {
          this.#draining.delete(link);
          if (this.#current !== link) return;
          settle();
          this.#current = undefined;
          this.#isReady = false;
          log.connect(undefined);
          if (refused?.code === 'revoked') return this.#revoked(log.clean(refused.message));
          this.#again(refused === undefined ? message : refused.message, refused !== undefined);
        },
      });
      this.#current = link;
    } catch (error) {
      this.#again(messageOf(error), false);
    }
    if (this.#backoff.tries === 0) log.info(`Connecting to ${state.gateway}.`);
  }

  #ready(link: Link): void {
    const { log, state } = this.#facts;
    this.#isReady = true;
    log.info(`Connected to ${state.gateway} as ${state.name}, of site ${state.site}.`);
    log.connect((batch) => link.reportLog(batch));
    this.#report();
    this.#onReady?.();
  }

  /** The gateway at the other end goes; another one, or it itself in a moment, takes the next link. */
  #replace(link: Link): void {
    if (this.#current !== link) return;
    this.#draining.add(link);
    this.#current = undefined;
    this.#isReady = false;
    this.#facts.log.connect(undefined);
    // SECURITY: one that always says so must not have sockets opened without end.
    const [oldest] = this.#draining.size > MOST_DRAINING ? this.#draining : [];
    oldest?.close('Too many links of this connector are ending.');
    if (this.#isStopping) return;
    if (this.#backoff.tries > 0) return this.#again('the gateway is stopping', false);
    this.#backoff.next();
    this.#facts.log.info('The gateway is stopping. Connecting again.');
    this.#connect();
  }

  #again(why: string, wasRefused: boolean): void {
    if (this.#isStopping) return;
    const waitMs = Math.max(this.#backoff.next(), wasRefused ? REFUSED_WAIT_MS : 0);
    this.#facts.log.warn(
      `No connection to ${this.#facts.state.gateway}: ${why.replace(/\.$/, '')}. Next try in ${(waitMs / 1000).toFixed(1)} s.`,
    );
    this.#timer = setTimeout(() => this.#connect(), waitMs);
  }

  #revoked(message: string): void {
    this.#isStopping = true;
    this.#onRevoked?.(
      new ConnectorError(
        'revoked',
        `The gateway has revoked this connector: ${message} Enroll again with a new token and --force.`,
      ),
    );
  }

  #report(): void {
    if (this.#isReady) this.#current?.reportStatus(this.#status());
  }
}

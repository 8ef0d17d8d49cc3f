import {
  detectEra,
  type Frame,
  McpError,
  parseClientFrame,
  replaceResultId,
  rpcError,
} from '@holdpoint/mcp';
import type { ServerState } from '@holdpoint/tunnel';
import { ExchangeError } from '../connector.error.ts';
import type { Exchange } from '../servers/exchange.ts';
import type { ServerFront } from '../servers/server-front.ts';
import { beginEvents } from './flight.ts';
import { Runner, type RunnerFacts } from './runner.ts';
import { StdioSession } from './stdio-session.ts';
import type { Sessions, StdioWire } from './stdio-wire.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const NOTHING = new Uint8Array(0);
const SWEEP_MS = 5_000;
/** Processes that may be ending beside those in use, where fewer sessions than this are allowed. */
const LEAST_ENDING = 16;

/** Outside the range that JSON-RPC keeps for itself. */
const NO_SESSION = -31_011;
const UNKNOWN_SESSION = -31_012;
const NOT_HERE = -31_013;
const PARSE_ERROR = -32_700;

const encoder = new TextEncoder();

/** What the process that sessions share said of itself, once for all of them. */
interface Shared {
  readonly wire: StdioWire;
  /** The answer to the first `initialize`: every later one gets the same. */
  initialized: Frame | undefined;
  /** Those that came while the first one was under way. */
  waiting: { frame: Frame; exchange: Exchange }[] | undefined;
  wasToldInitialized: boolean;
}

/** A stdio server, presented as a Streamable HTTP server of both eras. */
export class StdioFront implements ServerFront, Sessions {
  readonly kind = 'stdio';
  readonly #facts: RunnerFacts;
  readonly #runner: Runner;
  readonly #sessions = new Map<string, StdioSession>();
  #opening = 0;
  #shared: Promise<Shared> | undefined;
  /** For the requests of 2026-07-28. A process that greeted in one era may refuse the other. */
  #stateless: Promise<StdioWire> | undefined;
  #statelessUsedAt = 0;
  #restartTimer: NodeJS.Timeout | undefined;
  #sweepTimer: NodeJS.Timeout | undefined;

  constructor(facts: RunnerFacts) {
    this.#facts = facts;
    this.#runner = new Runner(facts);
  }

  start(): void {
    this.#sweepTimer = setInterval(() => void this.#sweep(), SWEEP_MS);
    this.#sweepTimer.unref();
    if (this.#facts.config.sessions === 'shared') this.#sharedOne().catch(() => undefined);
  }

  serve(exchange: Exchange): void {
    const { method } = exchange.head;
    if (method === 'POST') this.#post(exchange);
    else if (method === 'GET') this.#listen(exchange);
    else this.#delete(exchange);
  }

  state(): Omit<ServerState, 'name'> {
    const { processes, restarts, lastError, waitMs, isStarting } = this.#runner;
    const resting = waitMs > 0 ? 'backing-off' : isStarting ? 'starting' : 'idle';
    return {
      state: processes > 0 ? 'ready' : resting,
      processes,
      sessions: this.#sessions.size,
      restarts,
      ...(lastError !== undefined && { lastError }),
    };
  }

  async stop(): Promise<void> {
    clearInterval(this.#sweepTimer);
    clearTimeout(this.#restartTimer);
    await this.#runner.stop();
    this.#sessions.clear();
  }

  of(wire: StdioWire): Iterable<StdioSession> {
    return [...this.#sessions.values()].filter((session) => session.wire === wire);
  }

  #post(exchange: Exchange): void {
    let frame: Frame;
    try {
      frame = parseClientFrame(exchange.takeBody(), { maxBytes: this.#facts.maxBytes });
    } catch (error) {
      if (!(error instanceof McpError)) throw error;
      return refuse(exchange, 400, PARSE_ERROR, error.message);
    }
    const { headers } = exchange.head;
    const { message } = frame;
    const isRequest = message.kind === 'request';
    if (isRequest && message.method === 'subscriptions/listen') exchange.isListening = true;
    if (detectEra((name) => headers[name], message) === 'modern') {
      return this.#later(exchange, this.#postStateless(frame, exchange));
    }
    if (isRequest && message.method === 'initialize') {
      return this.#later(exchange, this.#initialize(frame, exchange));
    }
    const session = this.#sessionOf(exchange);
    if (session === undefined) return;
    session.touch();
    if (isRequest) session.wire.request(frame, exchange, session);
    else this.#postOther(frame, exchange, session);
  }

  /** What has no answer of its own. */
  #postOther(frame: Frame, exchange: Exchange, session: StdioSession): void {
    const { message } = frame;
    if (message.kind !== 'notification') session.wire.reply(frame, session);
    else if (message.method === 'notifications/initialized') this.#toldInitialized(frame, session);
    else session.wire.notify(frame, session);
    exchange.answer(202, {}, NOTHING);
  }

  async #postStateless(frame: Frame, exchange: Exchange): Promise<void> {
    this.#statelessUsedAt = performance.now();
    const wire = await this.#statelessOne();
    if (exchange.isOver) return;
    if (frame.message.kind === 'request') return wire.request(frame, exchange, undefined);
    wire.notify(frame, undefined);
    exchange.answer(202, {}, NOTHING);
  }

  async #initialize(frame: Frame, exchange: Exchange): Promise<void> {
    if (this.#facts.config.sessions === 'shared') return this.#joinShared(frame, exchange);
    this.#makeRoom();
    // INVARIANT: no more processes than sessions may be. Until its process has answered, one is counted here.
    this.#opening += 1;
    try {
      const wire = await this.#runner.start('session', this, (ended) => this.#drop(ended));
      await this.#greet(wire, frame, exchange);
    } finally {
      this.#opening -= 1;
    }
  }

  /** Resolves when the process has answered, or isn't needed any more. */
  #greet(wire: StdioWire, frame: Frame, exchange: Exchange): Promise<void> {
    return new Promise((resolve) => {
      const giveUp = (error?: unknown) => {
        void this.#runner.retire(wire);
        exchange.fail(error);
        resolve();
      };
      if (exchange.isOver) return giveUp();
      exchange.whenAborted(giveUp);
      wire.ask(frame, {
        answer: (answer) => {
          this.#admit(wire, exchange, answer, frame);
          resolve();
        },
        fail: giveUp,
      });
    });
  }

  /** The first one's answer is everybody's: the process knows one client only. */
  async #joinShared(frame: Frame, exchange: Exchange): Promise<void> {
    this.#makeRoom();
    const shared = await this.#sharedOne();
    if (exchange.isOver) return;
    if (shared.initialized !== undefined) {
      return this.#admit(shared.wire, exchange, shared.initialized, frame);
    }
    if (shared.waiting !== undefined) {
      shared.waiting.push({ frame, exchange });
      return;
    }
    shared.waiting = [{ frame, exchange }];
    const waiting = () => {
      const all = shared.waiting ?? [];
      shared.waiting = undefined;
      return all;
    };
    shared.wire.ask(frame, {
      answer: (answer) => {
        if (answer.message.kind === 'result') shared.initialized = answer;
        for (const one of waiting()) this.#admit(shared.wire, one.exchange, answer, one.frame);
      },
      fail: (error) => {
        for (const one of waiting()) one.exchange.fail(error);
      },
    });
  }

  /** A session begins with the answer to its `initialize`; an error begins none. */
  #admit(wire: StdioWire, exchange: Exchange, answer: Frame, asked: Frame): void {
    if (exchange.isOver || asked.message.kind !== 'request') return;
    const body = encoder.encode(replaceResultId(answer, asked.message.id));
    if (answer.message.kind !== 'result') {
      if (wire.kind === 'session') void this.#runner.retire(wire);
      return exchange.answer(200, JSON_TYPE, body);
    }
    const session = new StdioSession(wire);
    this.#sessions.set(session.id, session);
    exchange.answer(200, { ...JSON_TYPE, 'mcp-session-id': session.id }, body);
  }

  #toldInitialized(frame: Frame, session: StdioSession): void {
    if (session.wire.kind === 'session') return session.wire.notify(frame, session);
    const tell = (shared: Shared) => {
      if (shared.wire !== session.wire || shared.wasToldInitialized) return;
      shared.wasToldInitialized = true;
      shared.wire.notify(frame, session);
    };
    // Another process that can't start is none of this session's business.
    this.#shared?.then(tell).catch(() => undefined);
  }

  #listen(exchange: Exchange): void {
    const session = this.#sessionOf(exchange);
    if (session === undefined) return;
    if (session.listening !== undefined) {
      return refuse(exchange, 409, NOT_HERE, 'This session has a stream open already.');
    }
    session.touch();
    // Nothing that a process said goes on where it ended, whichever event is asked for.
    exchange.isListening = true;
    session.listen(exchange);
    beginEvents(exchange, { 'mcp-session-id': session.id });
    exchange.release();
  }

  #delete(exchange: Exchange): void {
    const session = this.#sessionOf(exchange);
    if (session === undefined) return;
    this.#endSession(session);
    exchange.answer(200, {}, NOTHING);
  }

  #endSession(session: StdioSession): void {
    this.#sessions.delete(session.id);
    session.listening?.end();
    if (session.wire.kind === 'session') void this.#runner.retire(session.wire);
  }

  /** The exchange's session; if there is none, the exchange has been answered. */
  #sessionOf(exchange: Exchange): StdioSession | undefined {
    const id = exchange.head.headers['mcp-session-id'];
    if (id === undefined) {
      refuse(exchange, 400, NO_SESSION, 'This needs a session: initialize first.');
      return undefined;
    }
    const session = this.#sessions.get(id);
    if (session !== undefined && !session.wire.isDead) return session;
    refuse(exchange, 404, UNKNOWN_SESSION, 'This session has ended: initialize again.');
    return undefined;
  }

  /** The longest idle session gives way; a client that comes back initializes again. */
  #makeRoom(): void {
    const { maxSessions, sessions } = this.#facts.config;
    // Beside a process of its own, a session costs nearly nothing.
    const most = sessions === 'shared' ? maxSessions * 64 : maxSessions;
    // Sessions that come and go leave processes that take their time to end.
    if (sessions !== 'shared' && this.#runner.ending >= Math.max(most, LEAST_ENDING)) {
      throw new ExchangeError('busy', false, 'Too many processes of the server are still ending.');
    }
    if (this.#sessions.size + this.#opening < most) return;
    const idle = [...this.#sessions.values()].filter((session) => isIdle(session));
    const oldest = idle.reduce<StdioSession | undefined>(
      (first, next) => (first === undefined || next.idleMs > first.idleMs ? next : first),
      undefined,
    );
    if (oldest === undefined) {
      throw new ExchangeError('busy', false, `The server has all its ${most} sessions in use.`);
    }
    this.#endSession(oldest);
  }

  #sharedOne(): Promise<Shared> {
    if (this.#shared !== undefined) return this.#shared;
    const starting = this.#runner.start('shared', this, (wire) => {
      if (this.#shared === one) this.#shared = undefined;
      this.#drop(wire);
      this.#restartLater();
    });
    const one = starting.then(sharedBy, (error: unknown) => {
      this.#shared = undefined;
      this.#restartLater();
      throw error;
    });
    this.#shared = one;
    return one;
  }

  /** What sessions share is kept running, so that a failure shows before somebody needs it. */
  #restartLater(): void {
    if (this.#runner.isStopped || this.#restartTimer !== undefined) return;
    const waitMs = Math.max(this.#runner.waitMs, 250);
    this.#restartTimer = setTimeout(() => {
      this.#restartTimer = undefined;
      if (!this.#runner.isStopped) this.#sharedOne().catch(() => undefined);
    }, waitMs + 1);
    this.#restartTimer.unref();
  }

  #statelessOne(): Promise<StdioWire> {
    if (this.#stateless !== undefined) return this.#stateless;
    const starting = this.#runner.start('stateless', this, () => {
      // One that was retired may have been followed by another.
      if (this.#stateless === one) this.#stateless = undefined;
    });
    const one = starting.catch((error: unknown) => {
      this.#stateless = undefined;
      throw error;
    });
    this.#stateless = one;
    return one;
  }

  #drop(wire: StdioWire): void {
    for (const session of this.of(wire)) this.#sessions.delete(session.id);
  }

  async #sweep(): Promise<void> {
    const idleMs = this.#facts.config.idleSeconds * 1000;
    for (const session of this.#sessions.values()) {
      if (isIdle(session) && session.listening === undefined && session.idleMs > idleMs) {
        this.#endSession(session);
      }
    }
    const stateless = await this.#stateless?.catch(() => undefined);
    const isUnused = performance.now() - this.#statelessUsedAt > idleMs;
    if (stateless === undefined || stateless.flights > 0 || !isUnused) return;
    this.#stateless = undefined;
    await this.#runner.retire(stateless);
  }

  #later(exchange: Exchange, work: Promise<void>): void {
    work.catch((error: unknown) => {
      if (!(error instanceof ExchangeError)) {
        this.#facts.log.error(`An exchange failed: ${String(error)}`, this.#facts.name);
      }
      exchange.fail(error);
    });
  }
}

function sharedBy(wire: StdioWire): Shared {
  return { wire, initialized: undefined, waiting: undefined, wasToldInitialized: false };
}

function isIdle(session: StdioSession): boolean {
  return !session.wire.hasFlightOf(session);
}

function refuse(exchange: Exchange, status: number, code: number, message: string): void {
  exchange.answer(status, JSON_TYPE, encoder.encode(rpcError(null, code, message)));
}

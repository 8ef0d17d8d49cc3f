import {
  decodeCredit,
  decodeFrame,
  encodeCredit,
  encodeFrame,
  FrameType,
  type RawFrame,
} from './frame.ts';
import {
  answerHeadSchema,
  type Challenge,
  challengeSchema,
  type ConnectorStatus,
  decodeJson,
  encodeJson,
  goAwaySchema,
  type Hello,
  helloSchema,
  type LogBatch,
  logSchema,
  type OpenHead,
  openHeadSchema,
  type Refused,
  refusedSchema,
  resetSchema,
  statusSchema,
  type StreamReset,
  type Welcome,
  welcomeSchema,
} from './messages.ts';
import { Pulse } from './pulse.ts';
import { TunnelError, type TunnelErrorCode } from './tunnel.error.ts';
import {
  type ConnectorEvents,
  DEFAULT_LIMITS,
  type GatewayEvents,
  type TunnelClock,
  type TunnelLimits,
  type TunnelPort,
} from './tunnel-events.ts';
import { type StreamHandlers, type StreamLink, TunnelStream } from './tunnel-stream.ts';

/** Which end this is, and whom it tells. */
export type TunnelSide =
  | { readonly role: 'gateway'; readonly events: GatewayEvents }
  | { readonly role: 'connector'; readonly events: ConnectorEvents };

/** `judging`: the gateway has a HELLO, and looks at it. */
type State = 'greeting' | 'greeted' | 'judging' | 'ready' | 'closed';

const NOTHING = new Uint8Array(0);
const MAX_STREAM_ID = 0xffff_ffff;
const MAX_PING_BYTES = 8;
/** The ping behind a GOAWAY. Frames keep their order, so its pong says that the GOAWAY was read. */
const AFTER_GOAWAY = Uint8Array.of(1);

const systemClock: TunnelClock = {
  every: (intervalMs, run) => {
    const timer = setInterval(run, intervalMs);
    return () => clearInterval(timer);
  },
};

/**
 * One end of a tunnel over one socket: the handshake, streams with flow control of their own, signs of
 * life. Only the gateway opens streams. Everything that comes is hostile: what breaks the protocol ends
 * the tunnel, and never throws at its owner.
 */
export class Tunnel {
  readonly #side: TunnelSide;
  readonly #port: TunnelPort;
  readonly #limits: TunnelLimits;
  readonly #pulse: Pulse;
  readonly #stopTicking: () => void;
  readonly #link: StreamLink;

  #state: State = 'greeting';
  #maxStreams: number;
  #lastStreamId = 0;
  #isGoingAway = false;
  #goAwayIsKnown = false;
  #peerIsGoingAway = false;

  /** Streams that are open, and those whose reset isn't answered yet. */
  readonly #streams = new Map<number, TunnelStream>();
  readonly #lingering = new Set<number>();
  /** Streams with data that waits for the socket, in the order of their turns. */
  readonly #waiting = new Set<TunnelStream>();

  constructor(
    options: TunnelSide & {
      readonly port: TunnelPort;
      readonly limits?: Partial<TunnelLimits>;
      readonly clock?: TunnelClock;
    },
  ) {
    this.#side = options;
    this.#port = options.port;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#pulse = new Pulse(this.#limits);
    this.#maxStreams = this.#limits.maxStreams;
    this.#link = this.#makeLink();
    const clock = options.clock ?? systemClock;
    this.#stopTicking = clock.every(this.#limits.pingIntervalMs, () => this.#tick());
  }

  get isReady(): boolean {
    return this.#state === 'ready';
  }

  get isClosed(): boolean {
    return this.#state === 'closed';
  }

  /** Whether `open` has a chance: ready, neither end drains, and not full. */
  get takesStreams(): boolean {
    return (
      this.#state === 'ready' &&
      !this.#isGoingAway &&
      !this.#peerIsGoingAway &&
      this.#streams.size < this.#maxStreams
    );
  }

  /** Streams that are open now. */
  get openStreams(): number {
    return this.#streams.size - this.#lingering.size;
  }

  /** Whether the other end has read this end's GOAWAY: whatever it opened before has come. */
  get goAwayIsKnown(): boolean {
    return this.#goAwayIsKnown;
  }

  /** Bytes of what has ended here and hasn't left yet: a close would cut it off. */
  get leavingBytes(): number {
    let bytes = this.#port.bufferedBytes();
    for (const stream of this.#streams.values()) if (stream.isEnding) bytes += stream.queuedBytes;
    return bytes;
  }

  /** Gateway: the first word on a new socket. */
  challenge(challenge: Challenge): void {
    this.#expect('gateway', 'greeting');
    this.#state = 'greeted';
    this.#sendJson(FrameType.challenge, 0, challenge);
  }

  /** Connector: the answer to a challenge. */
  hello(hello: Hello): void {
    this.#expect('connector', 'greeted');
    this.#maxStreams = Math.min(this.#maxStreams, hello.maxStreams);
    this.#sendJson(FrameType.hello, 0, hello);
  }

  /** Gateway: the connector is who it says; streams can be opened. */
  welcome(welcome: Welcome): void {
    if (this.#state === 'closed') return;
    this.#expect('gateway', 'judging');
    this.#state = 'ready';
    this.#sendJson(FrameType.welcome, 0, welcome);
  }

  /** Gateway: says why, and closes. */
  refuse(refused: Refused): void {
    if (this.#state === 'closed') return;
    this.#sendJson(FrameType.refused, 0, refused);
    this.close('refused', refused.message);
  }

  /**
   * Gateway: begins an exchange.
   *
   * @param bodyless - there is no body: the stream's request half ends with this frame.
   * @throws TunnelError `not_ready`, `closed`, `going_away`, `too_many_streams` or `head_too_large`:
   * nothing has left then.
   */
  open(head: OpenHead, handlers: StreamHandlers, bodyless = false): TunnelStream {
    this.#checkMayOpen();
    const payload = encodeJson(head);
    this.#lastStreamId += 1;
    const stream = new TunnelStream({
      id: this.#lastStreamId,
      link: this.#link,
      role: 'opener',
      bodyless,
    });
    stream.handleBy(handlers);
    this.#streams.set(stream.id, stream);
    this.#send(FrameType.open, stream.id, payload, bodyless);
    return stream;
  }

  /** Connector: how it is. Dropped where the tunnel isn't ready. */
  reportStatus(status: ConnectorStatus): void {
    if (this.#state === 'ready') this.#sendJson(FrameType.status, 0, status);
  }

  /** Connector: lines of its log. Dropped where the tunnel isn't ready. */
  reportLog(batch: LogBatch): void {
    if (this.#state === 'ready') this.#sendJson(FrameType.log, 0, batch);
  }

  /** This end drains: no new streams, open ones finish. Close it when `goAwayIsKnown` and all have. */
  goAway(message: string): void {
    if (this.#state === 'closed' || this.#isGoingAway) return;
    this.#isGoingAway = true;
    this.#sendJson(FrameType.goAway, 0, { message });
    this.#send(FrameType.ping, 0, AFTER_GOAWAY);
  }

  /** Ends it and everything in it. */
  close(code: TunnelErrorCode = 'closed', message = 'This end closed the tunnel.'): void {
    this.#end(code, message, true);
  }

  /** One message of the peer. Takes the bytes over: they must not be changed afterwards. */
  receive(message: Uint8Array): void {
    if (this.#state === 'closed') return;
    this.#pulse.heard();
    try {
      this.#receiveFrame(decodeFrame(message));
    } catch (error) {
      if (error instanceof TunnelError) return this.close(error.code, error.message);
      this.#side.events.onFault?.(error);
      this.close('closed', 'This end failed at a message.');
    }
  }

  /** The socket has sent some of what it held. */
  portDrained(): void {
    while (this.#waiting.size > 0 && this.#isPortFree()) {
      const [stream] = this.#waiting;
      if (stream === undefined) return;
      this.#waiting.delete(stream);
      if (stream.flushOne()) this.#waiting.add(stream);
    }
  }

  /** The socket is gone. */
  portClosed(message: string): void {
    this.#end('port_closed', message, false);
  }

  #receiveFrame(frame: RawFrame): void {
    switch (frame.type) {
      case FrameType.data:
        return this.#openStream(frame)?.receiveData(frame.payload, frame.end);
      case FrameType.window:
        return this.#knownStream(frame)?.receiveCredit(decodeCredit(frame.payload));
      case FrameType.end:
        return this.#openStream(frame)?.receiveEnd();
      case FrameType.head: {
        this.#from('connector');
        const head = decodeJson(answerHeadSchema, frame.payload, 'HEAD');
        return this.#openStream(frame)?.receiveHead(head, frame.end);
      }
      case FrameType.reset:
        return this.#knownStream(frame)?.receiveReset(
          decodeJson(resetSchema, frame.payload, 'RESET'),
        );
      case FrameType.open:
        return this.#receiveOpen(frame);
      case FrameType.ping:
        if (frame.payload.byteLength > MAX_PING_BYTES) throw violation('A ping is too long.');
        return this.#send(FrameType.pong, 0, frame.payload);
      case FrameType.pong:
        // Other pings are empty.
        this.#goAwayIsKnown ||= this.#isGoingAway && frame.payload.byteLength > 0;
        return;
      default:
        return this.#receiveControl(frame);
    }
  }

  #receiveControl({ type, payload, stream }: RawFrame): void {
    if (stream !== 0) throw violation('A frame that belongs to no stream names one.');
    if (type === FrameType.goAway) {
      const notice = decodeJson(goAwaySchema, payload, 'GOAWAY');
      // SECURITY: a gateway writes it down. Told each time, one peer would fill its database's queue.
      if (this.#peerIsGoingAway) return;
      this.#peerIsGoingAway = true;
      return this.#side.events.onGoAway?.(notice);
    }
    if (this.#side.role === 'gateway') this.#receiveAtGateway(type, payload, this.#side.events);
    else this.#receiveAtConnector(type, payload, this.#side.events);
  }

  #receiveAtGateway(type: FrameType, payload: Uint8Array, events: GatewayEvents): void {
    if (type === FrameType.hello && this.#state === 'greeted') {
      const hello = decodeJson(helloSchema, payload, 'HELLO');
      // SECURITY: one tunnel, one HELLO: a second one while the first is looked at would be admitted twice.
      this.#state = 'judging';
      this.#maxStreams = Math.min(this.#limits.maxStreams, hello.maxStreams);
      return events.onHello(hello);
    }
    if (type === FrameType.status && this.#state === 'ready') {
      return events.onStatus?.(decodeJson(statusSchema, payload, 'STATUS'));
    }
    if (type === FrameType.log && this.#state === 'ready') {
      return events.onLog?.(decodeJson(logSchema, payload, 'LOG'));
    }
    throw violation('A frame came that is not for a gateway, or not now.');
  }

  #receiveAtConnector(type: FrameType, payload: Uint8Array, events: ConnectorEvents): void {
    if (type === FrameType.challenge && this.#state === 'greeting') {
      this.#state = 'greeted';
      return events.onChallenge(decodeJson(challengeSchema, payload, 'CHALLENGE'));
    }
    if (type === FrameType.welcome && this.#state === 'greeted') {
      const welcome = decodeJson(welcomeSchema, payload, 'WELCOME');
      this.#state = 'ready';
      return events.onWelcome(welcome);
    }
    if (type === FrameType.refused && this.#state !== 'ready') {
      events.onRefused(decodeJson(refusedSchema, payload, 'REFUSED'));
      return this.close('refused', 'The gateway refused this connector.');
    }
    throw violation('A frame came that is not for a connector, or not now.');
  }

  #receiveOpen(frame: RawFrame): void {
    if (this.#side.role !== 'connector') throw violation('Only a gateway opens streams.');
    if (this.#state !== 'ready') throw violation('A stream was opened before the handshake.');
    if (frame.stream <= this.#lastStreamId) throw violation('A stream was opened twice.');
    const head = decodeJson(openHeadSchema, frame.payload, 'OPEN');
    this.#lastStreamId = frame.stream;
    if (this.#streams.size >= 2 * this.#maxStreams) throw violation('Far too many streams.');
    const refusal = this.#refusalNow();
    const stream = new TunnelStream({
      id: frame.stream,
      link: this.#link,
      role: 'answerer',
      bodyless: frame.end,
    });
    this.#streams.set(stream.id, stream);
    if (refusal === undefined) stream.handleBy(this.#side.events.onOpen(head, stream));
    else stream.reset(refusal);
  }

  #refusalNow(): StreamReset | undefined {
    if (this.#isGoingAway) return unsent('draining', 'The connector is stopping.');
    if (this.#streams.size < this.#maxStreams) return undefined;
    return unsent('busy', 'The connector has too many exchanges open.');
  }

  /** For frames that can't come any more once both halves have ended. */
  #openStream(frame: RawFrame): TunnelStream {
    const stream = this.#streams.get(frame.stream);
    if (stream === undefined) throw violation('A frame names a stream that is not open.');
    return stream;
  }

  /** For frames that may cross the end of their stream on the way. */
  #knownStream(frame: RawFrame): TunnelStream | undefined {
    if (frame.stream === 0 || frame.stream > this.#lastStreamId) {
      throw violation('A frame names a stream that was never opened.');
    }
    return this.#streams.get(frame.stream);
  }

  #makeLink(): StreamLink {
    return {
      send: (type, stream, payload, end) => this.#send(type, stream, payload, end),
      sendJson: (type, stream, value, end) => this.#sendJson(type, stream, value, end),
      sendCredit: (stream, credit) => this.#send(FrameType.window, stream, encodeCredit(credit)),
      isPortFree: () => this.#isPortFree(),
      fault: (error) => this.#side.events.onFault?.(error),
      awaitPort: (stream) => this.#waiting.add(stream),
      linger: (stream) => {
        this.#waiting.delete(stream);
        this.#lingering.add(stream.id);
      },
      forget: (stream) => {
        this.#waiting.delete(stream);
        this.#lingering.delete(stream.id);
        this.#streams.delete(stream.id);
      },
    };
  }

  #isPortFree(): boolean {
    return this.#port.bufferedBytes() < this.#limits.portHighBytes;
  }

  #sendJson(type: FrameType, stream: number, value: object, end = false): void {
    this.#send(type, stream, encodeJson(value), end);
  }

  #send(type: FrameType, stream: number, payload: Uint8Array, end = false): void {
    if (this.#state === 'closed') return;
    this.#port.send(encodeFrame(type, stream, payload, end));
    // Data waits in its stream long before this; what is left is what must be sent in any case.
    if (this.#port.bufferedBytes() > this.#limits.portMaxBytes) {
      this.close('peer_stalled', 'The other end does not read what it is sent.');
    }
  }

  #tick(): void {
    const beat = this.#pulse.beat(this.#state === 'ready');
    if (beat.kind === 'gone') this.close(beat.code, beat.message);
    else if (beat.kind === 'ask') this.#send(FrameType.ping, 0, NOTHING);
  }

  #checkMayOpen(): void {
    if (this.#state === 'closed') throw new TunnelError('closed', 'The tunnel is closed.');
    this.#expect('gateway', 'ready');
    if (this.#isGoingAway || this.#peerIsGoingAway || this.#lastStreamId === MAX_STREAM_ID) {
      throw new TunnelError('going_away', 'The connector is stopping and takes no new exchange.');
    }
    if (this.#streams.size >= this.#maxStreams) {
      throw new TunnelError('too_many_streams', 'The connector has too many exchanges open.');
    }
  }

  #expect(role: TunnelSide['role'], state: State): void {
    if (this.#side.role !== role || this.#state !== state) {
      throw new TunnelError('not_ready', 'Not at this end of a tunnel, or not now.');
    }
  }

  /** @throws TunnelError `protocol` if this end is of that role itself. */
  #from(role: TunnelSide['role']): void {
    if (this.#side.role === role) throw violation('A frame came from the wrong end.');
  }

  #end(code: TunnelErrorCode, message: string, closePort: boolean): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#stopTicking();
    if (closePort) this.#port.close(code, message.slice(0, 100));
    const streams = [...this.#streams.values()];
    this.#streams.clear();
    this.#lingering.clear();
    this.#waiting.clear();
    const reset: StreamReset = { code: 'tunnel_closed', sent: true, message };
    for (const stream of streams) stream.lose(reset);
    this.#side.events.onClose({ code, message });
  }
}

function unsent(code: 'busy' | 'draining', message: string): StreamReset {
  return { code, sent: false, message };
}

function violation(message: string): TunnelError {
  return new TunnelError('protocol', message);
}

// Guarantees that, in whatever order two honest ends speak and their messages arrive, every byte
// arrives once and in order or its stream is reset, no window is overrun, and nothing is left behind.
import fc from 'fast-check';
import { decodeCredit, decodeFrame, FrameType } from './frame.ts';
import { ANSWER, type FakePort, HEAD, HELLO, Pair, Recorder } from './testing/index.ts';
import { FRAME_COST, type TunnelStream } from './tunnel-stream.ts';
import { WINDOW_BYTES } from './index.ts';

type Side = 'near' | 'far';

/** One stream, as both of its owners know it. */
interface Exchange {
  readonly near: Half;
  far: Half | undefined;
}

interface Half {
  readonly stream: TunnelStream;
  readonly seen: Recorder;
  written: string;
  ended: boolean;
  reset: boolean;
  responded: boolean;
}

type Step =
  | { readonly do: 'open' }
  | { readonly do: 'deliver'; readonly from: Side; readonly count: number }
  | { readonly do: 'write'; readonly of: number; readonly side: Side; readonly size: number }
  | { readonly do: Act; readonly of: number; readonly side: Side };

type Act = 'respond' | 'end' | 'reset' | 'pause' | 'resume';

const side = fc.constantFrom<Side>('near', 'far');
const of = fc.nat({ max: 5 });
const size = fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 400_000 }));

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.constant<Step>({ do: 'open' }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('deliver' as const),
      from: side,
      count: fc.integer({ min: 1, max: 12 }),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('write' as const), of, side, size }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom<Act>('respond', 'respond', 'end', 'reset', 'pause', 'resume'),
      of,
      side,
    }),
  },
);

/** Counts on the wire what each end has sent beyond the credit it was given. */
class Meter {
  readonly #used = new Map<string, number>();

  watch(port: FakePort, from: Side): void {
    const send = port.send.bind(port);
    port.send = (message) => {
      this.#count(message, from);
      send(message);
    };
  }

  #count(message: Uint8Array, from: Side): void {
    const frame = decodeFrame(message);
    if (frame.type === FrameType.data) {
      const used = this.#add(from, frame.stream, frame.payload.byteLength + FRAME_COST);
      expect(used).toBeLessThanOrEqual(WINDOW_BYTES);
    } else if (frame.type === FrameType.window) {
      const other = from === 'near' ? 'far' : 'near';
      this.#add(other, frame.stream, -decodeCredit(frame.payload));
    }
  }

  #add(from: Side, stream: number, bytes: number): number {
    const key = `${from} ${stream}`;
    const used = (this.#used.get(key) ?? 0) + bytes;
    this.#used.set(key, used);
    return used;
  }
}

class Model {
  readonly pair: Pair;
  readonly exchanges: Exchange[] = [];
  #letters = 0;

  constructor(portHighBytes: number) {
    this.pair = new Pair({ portHighBytes });
    const meter = new Meter();
    meter.watch(this.pair.gatewayPort, 'near');
    meter.watch(this.pair.connectorPort, 'far');
    this.pair.greet();
  }

  run(next: Step): void {
    if (next.do === 'open') return this.#open();
    if (next.do === 'deliver') return this.#deliver(next.from, next.count);
    const exchange = this.exchanges[next.of];
    const half = exchange?.[next.side];
    if (half === undefined) return;
    if (next.do === 'write') this.#write(half, next.size);
    else act(half, next.do, next.side);
  }

  /** Everything arrives, everybody reads, and what is still open ends. */
  finish(): void {
    this.#settle();
    for (const { near, far } of this.exchanges) {
      for (const half of [near, far]) half?.stream.resume();
      this.#settle();
      if (far === undefined) continue;
      act(far, 'respond', 'far');
      act(far, 'end', 'far');
      act(near, 'end', 'near');
      this.#settle();
    }
  }

  /** How many streams both ends take now: a stream that was left behind takes a place for ever. */
  roomLeft(): number {
    const before = this.exchanges.length;
    while (this.pair.gateway.takesStreams) this.#open();
    this.#settle();
    return this.exchanges.slice(before).filter(({ far }) => far !== undefined).length;
  }

  #open(): void {
    if (!this.pair.gateway.takesStreams) return;
    const seen = new Recorder();
    const stream = this.pair.gateway.open(HEAD, seen);
    this.exchanges.push({ near: half(stream, seen, true), far: undefined });
  }

  #deliver(from: Side, count: number): void {
    const { gateway, gatewayPort, connector, connectorPort } = this.pair;
    for (let i = 0; i < count; i += 1) {
      if (from === 'near') gatewayPort.deliverOne(gateway, connector);
      else connectorPort.deliverOne(connector, gateway);
    }
    this.#adopt();
  }

  #settle(): void {
    this.pair.settle();
    this.#adopt();
  }

  /** Streams are told apart by their ids: both ends number them alike. */
  #adopt(): void {
    for (const { stream, seen } of this.pair.accepted.splice(0)) {
      const exchange = this.exchanges.find(({ near }) => near.stream.id === stream.id);
      if (exchange !== undefined) exchange.far = half(stream, seen, false);
    }
  }

  #write(one: Half, length: number): void {
    if (one.ended || one.reset || !one.responded || one.seen.reset !== undefined) return;
    this.#letters += 1;
    const letter = 97 + (this.#letters % 26);
    one.stream.write(new Uint8Array(length).fill(letter));
    one.written += String.fromCharCode(letter).repeat(length);
  }
}

function half(stream: TunnelStream, seen: Recorder, responded: boolean): Half {
  return { stream, seen, written: '', ended: false, reset: false, responded };
}

function act(one: Half, what: Act, at: Side): void {
  if (one.reset || one.seen.reset !== undefined) return;
  if (what === 'pause') one.stream.pause();
  else if (what === 'resume') one.stream.resume();
  else if (what === 'reset') {
    one.stream.reset({ code: 'internal', sent: true, message: at });
    one.reset = true;
  } else if (what === 'respond') {
    if (!one.responded) one.stream.respond(ANSWER);
    one.responded = true;
  } else if (one.responded && !one.ended) {
    one.stream.end();
    one.ended = true;
  }
}

describe('two honest ends', () => {
  it('lose nothing, overrun nothing and leave nothing behind', () => {
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 5, maxLength: 80 }),
        fc.constantFrom(1, 70_000, 1024 * 1024),
        (steps, portHighBytes) => {
          const model = new Model(portHighBytes);
          for (const next of steps) model.run(next);
          for (const { near, far } of model.exchanges) {
            if (far === undefined) continue;
            expect(far.written.startsWith(near.seen.body)).toBe(true);
            expect(near.written.startsWith(far.seen.body)).toBe(true);
          }
          model.finish();
          expect(model.pair.ends).toEqual({});
          expect(model.pair.faults).toEqual([]);
          for (const exchange of model.exchanges) checkFinished(exchange);
          expect([model.pair.gateway.openStreams, model.pair.connector.openStreams]).toEqual([
            0, 0,
          ]);
          expect(model.roomLeft()).toBe(HELLO.maxStreams);
        },
      ),
      { numRuns: 400 },
    );
  });
});

/** Whole at both ends, or reset: by one end, and the other was told unless it had ended all. */
function checkFinished({ near, far }: Exchange): void {
  if (far === undefined) throw new Error('a stream never arrived');
  const wasReset = near.reset || far.reset;
  if (!wasReset) {
    expect(near.seen).toMatchObject({ ended: true, reset: undefined });
    expect(far.seen).toMatchObject({ ended: true, reset: undefined });
    expect(near.seen.body === far.written).toBe(true);
    expect(far.seen.body === near.written).toBe(true);
  }
  for (const one of [near, far]) {
    const ends = [one.seen.ended, one.seen.reset !== undefined, one.reset];
    expect(ends).toContain(true);
  }
}

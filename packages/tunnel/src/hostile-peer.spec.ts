// Guarantees that nothing a peer sends can throw at a tunnel's owner, reach its handlers out of order,
// or make it keep more than a window for each stream: both ends may be in an attacker's hand.
import fc from 'fast-check';
import { decodeFrame, encodeCredit, encodeFrame, FrameType, MAX_MESSAGE_BYTES } from './frame.ts';
import { ANSWER, bytes, HEAD, HELLO, Pair, Recorder } from './testing/index.ts';
import { TunnelError, WINDOW_BYTES } from './index.ts';

const json = (value: unknown) => bytes(JSON.stringify(value));
const NOTHING = new Uint8Array(0);

/** A pair with stream 1 open, as an attacker finds it. */
function open(): { pair: Pair; seen: Recorder } {
  const pair = new Pair().greet();
  const seen = new Recorder();
  pair.gateway.open(HEAD, seen);
  pair.settle();
  return { pair, seen };
}

interface Case {
  readonly name: string;
  readonly frames: readonly Uint8Array[];
}

const answered = encodeFrame(FrameType.head, 1, json(ANSWER));
const large = new Uint8Array(64 * 1024);

const TO_GATEWAY: readonly Case[] = [
  { name: 'nothing at all', frames: [NOTHING] },
  { name: 'half a header', frames: [Uint8Array.of(0x12, 0, 0)] },
  { name: 'an unknown type', frames: [Uint8Array.of(0x7f, 0, 0, 0, 0)] },
  { name: 'an end flag where there is none', frames: [Uint8Array.of(0x94, 0, 0, 0, 1)] },
  {
    name: 'a message beyond the limit',
    frames: [new Uint8Array(MAX_MESSAGE_BYTES + 1).fill(0x12)],
  },
  { name: 'a stream of its own', frames: [encodeFrame(FrameType.open, 2, json(HEAD))] },
  { name: 'a second HELLO', frames: [encodeFrame(FrameType.hello, 0, json(HELLO))] },
  { name: 'a CHALLENGE', frames: [encodeFrame(FrameType.challenge, 0, json({}))] },
  { name: 'a HEAD on no stream', frames: [encodeFrame(FrameType.head, 9, json(ANSWER))] },
  { name: 'a HEAD that is no JSON', frames: [encodeFrame(FrameType.head, 1, bytes('{'))] },
  { name: 'a HEAD in broken UTF-8', frames: [encodeFrame(FrameType.head, 1, Uint8Array.of(0xff))] },
  {
    name: 'a HEAD with a status that ends nothing',
    frames: [encodeFrame(FrameType.head, 1, json({ ...ANSWER, status: 100 }))],
  },
  {
    name: 'a header name with a line break',
    frames: [encodeFrame(FrameType.head, 1, json({ status: 200, headers: { 'a\r\nb': 'c' } }))],
  },
  {
    name: 'a header value with a line break',
    frames: [encodeFrame(FrameType.head, 1, json({ status: 200, headers: { a: 'b\r\nc: d' } }))],
  },
  { name: 'two HEADs', frames: [answered, answered] },
  { name: 'DATA before the HEAD', frames: [encodeFrame(FrameType.data, 1, bytes('x'))] },
  { name: 'END before the HEAD', frames: [encodeFrame(FrameType.end, 1, NOTHING)] },
  { name: 'empty DATA', frames: [answered, encodeFrame(FrameType.data, 1, NOTHING)] },
  { name: 'DATA on no stream', frames: [encodeFrame(FrameType.data, 7, bytes('x'))] },
  { name: 'DATA on stream 0', frames: [encodeFrame(FrameType.data, 0, bytes('x'))] },
  {
    name: 'DATA after the END',
    frames: [
      answered,
      encodeFrame(FrameType.data, 1, bytes('x'), true),
      encodeFrame(FrameType.data, 1, bytes('x')),
    ],
  },
  {
    name: 'two ENDs',
    frames: [
      answered,
      encodeFrame(FrameType.end, 1, NOTHING),
      encodeFrame(FrameType.end, 1, NOTHING),
    ],
  },
  {
    name: 'credit that was never used',
    frames: [encodeFrame(FrameType.window, 1, encodeCredit(1))],
  },
  { name: 'no credit', frames: [encodeFrame(FrameType.window, 1, encodeCredit(0))] },
  { name: 'half a credit', frames: [encodeFrame(FrameType.window, 1, Uint8Array.of(1, 2))] },
  { name: 'credit for nothing', frames: [encodeFrame(FrameType.window, 0, encodeCredit(1))] },
  { name: 'a RESET of the future', frames: [encodeFrame(FrameType.reset, 2, json({}))] },
  {
    name: 'a RESET for no known reason',
    frames: [encodeFrame(FrameType.reset, 1, json({ code: 'x', sent: false, message: '' }))],
  },
  { name: 'a ping with a parcel', frames: [encodeFrame(FrameType.ping, 0, new Uint8Array(9))] },
  { name: 'a status of a stream', frames: [encodeFrame(FrameType.status, 1, json({}))] },
  { name: 'a load beyond full', frames: [encodeFrame(FrameType.status, 0, json({ load: 2 }))] },
  { name: 'a log that is none', frames: [encodeFrame(FrameType.log, 0, json([]))] },
];

const TO_CONNECTOR: readonly Case[] = [
  { name: 'a HEAD', frames: [answered] },
  { name: 'the same stream twice', frames: [encodeFrame(FrameType.open, 1, json(HEAD))] },
  { name: 'stream 0', frames: [encodeFrame(FrameType.open, 0, json(HEAD))] },
  {
    name: 'a server that is a path',
    frames: [encodeFrame(FrameType.open, 2, json({ ...HEAD, server: '../files' }))],
  },
  {
    name: 'another method',
    frames: [encodeFrame(FrameType.open, 2, json({ ...HEAD, method: 'CONNECT' }))],
  },
  { name: 'a second WELCOME', frames: [encodeFrame(FrameType.welcome, 0, json({}))] },
  { name: 'REFUSED after a WELCOME', frames: [encodeFrame(FrameType.refused, 0, json({}))] },
  { name: 'a second CHALLENGE', frames: [encodeFrame(FrameType.challenge, 0, json({}))] },
  { name: 'a STATUS', frames: [encodeFrame(FrameType.status, 0, json({}))] },
  {
    name: 'more than its credit',
    frames: Array.from({ length: 5 }, () => encodeFrame(FrameType.data, 1, large)),
  },
];

describe('what a connector may not send', () => {
  it.each(TO_GATEWAY)('$name', ({ frames }) => {
    const { pair, seen } = open();
    for (const frame of frames) pair.gateway.receive(frame);
    expect(pair.ends.gateway?.code).toBe('protocol');
    expect(pair.gatewayPort.closedWith?.message.length).toBeLessThanOrEqual(100);
    const isOver = seen.ended || seen.reset?.code === 'tunnel_closed';
    expect(isOver).toBe(true);
  });
});

describe('a second HELLO', () => {
  it('ends the tunnel also while the first one is being looked at', () => {
    const pair = new Pair({}, () => undefined).greet();
    expect(pair.hellos).toHaveLength(1);
    pair.gateway.receive(encodeFrame(FrameType.hello, 0, json(HELLO)));
    expect(pair.hellos).toHaveLength(1);
    expect(pair.ends.gateway?.code).toBe('protocol');
  });
});

describe('what is said of a broken frame', () => {
  it('repeats nothing of it, not even the name of a header', () => {
    const { pair } = open();
    const headers = { 'http://evil.example\n\u001b[2J': 'x' };
    pair.gateway.receive(encodeFrame(FrameType.head, 1, json({ status: 200, headers })));
    expect(pair.ends.gateway?.message).toBe(
      'The payload of HEAD is not what the protocol says (at "headers").',
    );
  });
});

describe('what a gateway may not send', () => {
  it.each(TO_CONNECTOR)('$name', ({ frames }) => {
    const { pair } = open();
    pair.accepted[0]?.stream.pause();
    for (const frame of frames) pair.connector.receive(frame);
    expect(pair.ends.connector?.code).toBe('protocol');
    expect(pair.accepted).toHaveLength(1);
    expect(pair.accepted[0]?.seen.reset?.code).toBe('tunnel_closed');
  });

  it('an exchange before the handshake', () => {
    const pair = new Pair();
    pair.connector.receive(encodeFrame(FrameType.open, 1, json(HEAD)));
    expect(pair.ends.connector?.code).toBe('protocol');
    expect(pair.accepted).toEqual([]);
  });
});

describe('frames that cross the end of their stream', () => {
  it.each([
    ['WINDOW', encodeFrame(FrameType.window, 1, encodeCredit(70))],
    [
      'RESET',
      encodeFrame(FrameType.reset, 1, json({ code: 'cancelled', sent: true, message: '' })),
    ],
  ])('%s is no offence', (_name, frame) => {
    const { pair, seen } = open();
    pair.accepted[0]?.stream.reset({ code: 'internal', sent: true, message: '' });
    pair.settle();
    expect(seen.reset?.code).toBe('internal');
    pair.gateway.receive(frame);
    expect(pair.ends).toEqual({});
  });
});

describe('tiny frames', () => {
  it('fill a window like large ones', () => {
    const { pair } = open();
    const accepted = pair.accepted[0];
    accepted?.stream.pause();
    let frames = 0;
    while (!pair.connector.isClosed) {
      pair.connector.receive(encodeFrame(FrameType.data, 1, bytes('x')));
      frames += 1;
    }
    expect(frames).toBeLessThanOrEqual(WINDOW_BYTES / 64);
  });
});

describe('a GOAWAY that is said again and again', () => {
  // A gateway writes down what it is told by one: its database would be kept from everybody else's.
  it('is told once', () => {
    const { pair } = open();
    const notice = encodeFrame(FrameType.goAway, 0, json({ message: 'Upgrading.' }));
    for (let said = 0; said < 3; said += 1) pair.gateway.receive(notice);
    expect(pair.notices).toHaveLength(1);
    expect(pair.gateway.isReady).toBe(true);
  });
});

describe('any bytes', () => {
  const wild = fc.oneof(
    fc.uint8Array({ maxLength: 80 }),
    fc
      .record({
        type: fc.constantFrom(...Object.values(FrameType)),
        stream: fc.integer({ min: 0, max: 3 }),
        payload: fc.oneof(
          fc.uint8Array({ maxLength: 16 }),
          fc.constantFrom(
            ...[HEAD, ANSWER, HELLO, { code: 'internal', sent: true, message: '' }].map(json),
          ),
          fc.jsonValue().map(json),
        ),
        end: fc.boolean(),
      })
      .map(({ type, stream, payload, end }) => encodeFrame(type, stream, payload, end)),
  );

  it('never throw at an owner, and end the tunnel or leave it whole', () => {
    fc.assert(
      fc.property(fc.array(wild, { maxLength: 20 }), fc.boolean(), (frames, atGateway) => {
        const { pair, seen } = open();
        const end = atGateway ? pair.gateway : pair.connector;
        for (const frame of frames) end.receive(frame);
        expect(pair.faults).toEqual([]);
        const told = atGateway ? pair.ends.gateway : pair.ends.connector;
        expect(end.isClosed).toBe(told !== undefined);
        if (told !== undefined) expect(told.code).toBe('protocol');
        if (seen.body !== '') expect(seen.head).toBeDefined();
      }),
      { numRuns: 2000 },
    );
  });

  it('are a frame or a protocol error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 32 }), (message) => {
        try {
          const { type, end, stream, payload } = decodeFrame(message);
          expect(encodeFrame(type, stream, payload, end)).toEqual(message);
        } catch (error) {
          expect(error).toBeInstanceOf(TunnelError);
          expect(error).toMatchObject({ code: 'protocol' });
        }
      }),
    );
  });
});

import { encodeFrame, FrameType, MAX_DATA_BYTES } from './frame.ts';
import { ANSWER, bytes, HEAD, HELLO, Pair, Recorder } from './testing/index.ts';
import { PROTOCOL_VERSIONS, TunnelError, WINDOW_BYTES } from './index.ts';

/** A pair with one exchange open at both ends. */
function withStream(pair = new Pair().greet()) {
  const seen = new Recorder();
  const stream = pair.gateway.open(HEAD, seen);
  pair.settle();
  const accepted = pair.accepted.at(-1);
  if (accepted === undefined) throw new Error('the stream did not arrive');
  return { pair, seen, stream, far: accepted };
}

/** What a reset is told as. */
const RESET = { code: 'server_failed', sent: true, message: 'The server died.' } as const;

describe('an exchange', () => {
  it('carries request and answer, and is gone at both ends afterwards', () => {
    const { pair, seen, stream, far } = withStream();
    stream.end(bytes('question'));
    pair.settle();
    expect(far.head).toEqual(HEAD);
    expect(far.seen).toMatchObject({ body: 'question', ended: true });

    far.stream.respond(ANSWER);
    far.stream.write(bytes('answer, '));
    far.stream.end(bytes('whole'));
    pair.settle();
    expect(seen).toMatchObject({ head: ANSWER, body: 'answer, whole', ended: true });
    expect([pair.gateway.openStreams, pair.connector.openStreams]).toEqual([0, 0]);
    expect(pair.ends).toEqual({});
  });

  it('needs no frame for a body that is not there', () => {
    const pair = new Pair().greet();
    const seen = new Recorder();
    pair.gateway.open({ ...HEAD, method: 'GET' }, seen, true);
    expect(pair.gatewayPort.sent).toHaveLength(1);
    pair.settle();
    expect(pair.accepted[0]?.seen.ended).toBe(true);
    pair.accepted[0]?.stream.respond(ANSWER, true);
    expect(pair.connectorPort.sent).toHaveLength(1);
    pair.settle();
    expect(seen).toMatchObject({ head: ANSWER, body: '', ended: true });
  });

  it('answers before its request has ended, and either half may end first', () => {
    const { pair, seen, stream, far } = withStream();
    far.stream.respond(ANSWER);
    far.stream.end(bytes('early'));
    pair.settle();
    expect(seen).toMatchObject({ body: 'early', ended: true });
    stream.write(bytes('late'));
    stream.end();
    pair.settle();
    expect(far.seen).toMatchObject({ body: 'late', ended: true });
    expect(pair.gateway.openStreams).toBe(0);
  });

  it('passes what waited in pieces on as one frame', () => {
    const pair = new Pair({ portHighBytes: 1 }).greet();
    const { stream, far } = withStream(pair);
    stream.write(bytes('first'));
    for (let i = 0; i < 100; i += 1) stream.write(bytes('x'));
    stream.end();
    let messages = 0;
    while (pair.gatewayPort.deliverOne(pair.gateway, pair.connector)) messages += 1;
    expect(far.seen).toMatchObject({ body: `first${'x'.repeat(100)}`, ended: true });
    expect(messages).toBe(2);
  });

  it('cuts pieces where a frame is full, and loses nothing between them', () => {
    const pair = new Pair({ portHighBytes: 1 }).greet();
    const { stream, far } = withStream(pair);
    const pieces = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(40_000));
    for (const piece of pieces) stream.write(bytes(piece));
    stream.end();
    pair.settle();
    expect(far.seen.ended).toBe(true);
    expect(far.seen.body === pieces.join('')).toBe(true);
  });

  it('ends with a reset of the far end, which says whether anything was sent', () => {
    const { pair, seen, far } = withStream();
    far.stream.reset({ ...RESET, code: 'unavailable', sent: false });
    pair.settle();
    expect(seen.reset).toEqual({ ...RESET, code: 'unavailable', sent: false });
    expect([pair.gateway.openStreams, pair.connector.openStreams]).toEqual([0, 0]);
    expect(pair.ends).toEqual({});
  });

  it('survives resets of both ends that cross', () => {
    const { pair, seen, stream, far } = withStream();
    far.stream.respond(ANSWER);
    far.stream.reset(RESET);
    stream.reset({ code: 'cancelled', sent: true, message: '' });
    pair.settle();
    expect([seen.reset, far.seen.reset, pair.ends]).toEqual([undefined, undefined, {}]);
    for (let i = 0; i < HELLO.maxStreams; i += 1) pair.gateway.open(HEAD, new Recorder());
    expect(pair.gateway.takesStreams).toBe(false);
  });

  it('is forgotten by the end that resets it while the last frame of the other is on its way', () => {
    const { pair, stream, far } = withStream();
    stream.end();
    pair.settle();
    far.stream.respond(ANSWER);
    far.stream.end();
    stream.reset({ code: 'cancelled', sent: true, message: '' });
    pair.settle();
    let opened = 0;
    for (; pair.gateway.takesStreams; opened += 1) pair.gateway.open(HEAD, new Recorder());
    expect(opened).toBe(HELLO.maxStreams);
  });

  it('drops what is on its way when it is reset, within the credit there was', () => {
    const { pair, seen, stream, far } = withStream();
    far.stream.respond(ANSWER);
    far.stream.write(new Uint8Array(WINDOW_BYTES));
    stream.reset({ code: 'cancelled', sent: true, message: '' });
    expect(pair.gateway.openStreams).toBe(0);
    pair.settle();
    expect(seen.body).toBe('');
    expect(far.seen.reset?.code).toBe('cancelled');
    expect(pair.ends).toEqual({});
  });

  it('tells its owner when the tunnel is lost, as sent', () => {
    const { pair, seen, far } = withStream();
    pair.gateway.portClosed('The socket closed.');
    pair.connector.portClosed('The socket closed.');
    for (const told of [seen.reset, far.seen.reset]) {
      expect(told).toMatchObject({ code: 'tunnel_closed', sent: true });
    }
    expect(pair.ends.gateway?.code).toBe('port_closed');
    expect(pair.ticks).toEqual([]);
  });

  it('ends alone when its owner throws', () => {
    const { pair, stream, far } = withStream();
    far.seen.onData = () => {
      throw new Error('a fault');
    };
    stream.end(bytes('question'));
    pair.settle();
    expect(pair.faults).toHaveLength(1);
    expect(pair.connector.openStreams).toBe(0);
    expect(pair.ends).toEqual({});
  });

  it.each([
    ['data before the head', (far: Far) => far.write(bytes('x'))],
    ['an end before the head', (far: Far) => far.end()],
    ['two heads', (far: Far) => (far.respond(ANSWER), far.respond(ANSWER))],
    ['data after the end', (far: Far) => (far.respond(ANSWER), far.end(), far.write(bytes('x')))],
    ['two ends', (far: Far) => (far.respond(ANSWER), far.end(), far.end())],
  ])('refuses a misuse by its own owner: %s', (_name, misuse) => {
    expect(() => misuse(withStream().far.stream)).toThrow(TunnelError);
  });

  it('refuses a head that no frame can hold, before anything leaves', () => {
    const pair = new Pair().greet();
    const long = { ...HEAD, headers: { accept: 'x'.repeat(70_000) } };
    expect(() => pair.gateway.open(long, new Recorder())).toThrow(
      expect.objectContaining({ code: 'head_too_large' }),
    );
    expect(pair.gatewayPort.sent).toEqual([]);
    expect(pair.gateway.openStreams).toBe(0);
  });
});

type Far = ReturnType<typeof withStream>['far']['stream'];

describe('flow control', () => {
  it('sends no more than a window to who reads nothing, and goes on when it does', () => {
    const { pair, seen, stream, far } = withStream();
    seen.onHead = () => stream.pause();
    far.stream.respond(ANSWER);
    const size = 4 * WINDOW_BYTES;
    const body = new Uint8Array(size).fill(0x61);
    expect(far.stream.write(body)).toBe(false);
    pair.settle();
    expect(far.stream.queuedBytes).toBeGreaterThanOrEqual(size - WINDOW_BYTES);
    expect([seen.body, far.seen.drains]).toEqual(['', 0]);

    stream.resume();
    pair.settle();
    expect(seen.body).toHaveLength(size);
    expect(far.seen.drains).toBe(1);
    far.stream.end();
    pair.settle();
    expect(seen.ended).toBe(true);
  });

  it('keeps the end back until what came before it was taken', () => {
    const { pair, seen, stream, far } = withStream();
    far.stream.respond(ANSWER);
    stream.pause();
    far.stream.end(bytes('whole'));
    stream.end();
    pair.settle();
    expect([seen.body, seen.ended]).toEqual(['', false]);
    // Both halves have ended, so losing the tunnel takes nothing from what has arrived.
    pair.gateway.portClosed('The socket closed.');
    stream.resume();
    expect(seen).toMatchObject({ body: 'whole', ended: true });
    expect(seen.reset).toBeUndefined();
  });

  it('lets a stream pass another one that stands still', () => {
    const pair = new Pair().greet();
    const slow = withStream(pair);
    const quick = withStream(pair);
    slow.far.stream.respond(ANSWER);
    quick.far.stream.respond(ANSWER);
    slow.stream.pause();
    slow.far.stream.write(new Uint8Array(8 * WINDOW_BYTES));
    for (let i = 0; i < 20; i += 1) {
      quick.far.stream.write(new Uint8Array(WINDOW_BYTES / 2).fill(0x62));
      pair.settle();
    }
    expect(quick.seen.body).toHaveLength(10 * WINDOW_BYTES);
    expect(slow.seen.body).toBe('');
  });

  it('takes turns where the socket is the bottleneck', () => {
    const pair = new Pair({ portHighBytes: MAX_DATA_BYTES }).greet();
    const streams = [withStream(pair), withStream(pair)];
    const order: number[] = [];
    for (const [index, { seen, far }] of streams.entries()) {
      seen.onData = () => order.push(index);
      far.stream.respond(ANSWER);
    }
    pair.settle();
    for (const { far } of streams) far.stream.write(new Uint8Array(3 * MAX_DATA_BYTES));
    pair.settle();
    expect(order).toEqual([0, 0, 1, 0, 1, 1]);
  });

  it('gives up a peer that never reads', () => {
    const pair = new Pair({ portMaxBytes: 1000 }).greet();
    pair.gateway.open({ ...HEAD, headers: { accept: 'x'.repeat(2000) } }, new Recorder());
    expect(pair.ends.gateway?.code).toBe('peer_stalled');
  });
});

describe('the handshake', () => {
  it('makes a tunnel ready at both ends', () => {
    const pair = new Pair();
    expect(() => pair.gateway.open(HEAD, new Recorder())).toThrow(
      expect.objectContaining({ code: 'not_ready' }),
    );
    pair.greet();
    expect([pair.gateway.isReady, pair.connector.isReady]).toEqual([true, true]);
    expect(pair.hellos).toEqual([HELLO]);
  });

  it('ends with a sentence where the gateway refuses', () => {
    const pair = new Pair({}, (gateway) =>
      gateway.refuse({ code: 'revoked', message: 'This connector was revoked.' }),
    ).greet();
    expect(pair.refusals).toEqual([{ code: 'revoked', message: 'This connector was revoked.' }]);
    expect([pair.ends.gateway?.code, pair.ends.connector?.code]).toEqual(['refused', 'refused']);
  });

  it('may be answered after the socket has gone', () => {
    const pair = new Pair({}, () => undefined).greet();
    pair.gateway.portClosed('The socket closed.');
    pair.gateway.welcome({ version: 1, gatewayVersion: '0.1.0', site: 'home' });
    expect(pair.gateway.isReady).toBe(false);
  });

  it('has only so much time', () => {
    const pair = new Pair({ silentIntervals: 2 }, () => undefined).greet();
    for (let i = 0; i < 3; i += 1) {
      // A peer that trickles is no peer that gets ready.
      pair.gateway.receive(Uint8Array.of(0x20, 0, 0, 0, 0));
      pair.tick();
    }
    expect(pair.ends.gateway?.code).toBe('not_ready');
    expect(pair.ticks).toEqual([]);
  });

  it('knows the versions of this build', () => {
    expect(PROTOCOL_VERSIONS).toEqual([1]);
  });
});

describe('draining and signs of life', () => {
  it('finishes what is open and refuses what is new, as not sent', () => {
    const { pair, seen, stream, far } = withStream();
    const crossing = new Recorder();
    pair.gateway.open(HEAD, crossing);
    pair.connector.goAway('Upgrading.');
    pair.settle();
    expect(crossing.reset).toMatchObject({ code: 'draining', sent: false });
    expect(pair.gateway.takesStreams).toBe(false);
    expect(() => pair.gateway.open(HEAD, new Recorder())).toThrow(
      expect.objectContaining({ code: 'going_away' }),
    );
    stream.end();
    far.stream.respond(ANSWER);
    far.stream.end(bytes('finished'));
    pair.settle();
    expect(seen).toMatchObject({ body: 'finished', ended: true });
    expect(pair.connector.openStreams).toBe(0);
  });

  it('knows when the other end has read of it, and what of its answers has not left', () => {
    const { pair, stream, far } = withStream();
    stream.end();
    stream.pause();
    pair.settle();
    far.stream.respond(ANSWER);
    far.stream.end(bytes('x'.repeat(2 * WINDOW_BYTES)));
    pair.connector.goAway('Upgrading.');
    expect(pair.connector.goAwayIsKnown).toBe(false);
    pair.settle();
    expect(pair.connector.goAwayIsKnown).toBe(true);
    expect(pair.connector.leavingBytes).toBeGreaterThan(WINDOW_BYTES);
    stream.resume();
    pair.settle();
    expect(pair.connector.leavingBytes).toBe(0);
  });

  it('takes no pong for an answer to what it has not said', () => {
    const pair = new Pair().greet();
    pair.connector.receive(encodeFrame(FrameType.pong, 0, Uint8Array.of(1)));
    pair.connector.goAway('Upgrading.');
    expect(pair.connector.goAwayIsKnown).toBe(false);
  });

  it('refuses more streams than agreed on, before anything leaves', () => {
    const pair = new Pair().greet();
    for (let i = 0; i < HELLO.maxStreams; i += 1) pair.gateway.open(HEAD, new Recorder());
    const sent = pair.gatewayPort.sent.length;
    expect(() => pair.gateway.open(HEAD, new Recorder())).toThrow(
      expect.objectContaining({ code: 'too_many_streams' }),
    );
    expect(pair.gatewayPort.sent).toHaveLength(sent);
  });

  it('refuses the streams of a gateway that ignores the agreed number, as not sent', () => {
    const pair = new Pair().greet();
    pair.connectorPort.sent.length = 0;
    const open = openMessage(1);
    for (let id = 1; id <= HELLO.maxStreams + 1; id += 1) {
      pair.connector.receive(withStreamId(open, id));
    }
    expect(pair.accepted).toHaveLength(HELLO.maxStreams);
    expect(pair.connectorPort.sent).toHaveLength(1);
    expect(pair.connector.isClosed).toBe(false);
  });

  it('asks a quiet peer, and gives up one that answers nothing', () => {
    const pair = new Pair({ silentIntervals: 2 }).greet();
    for (let i = 0; i < 10; i += 1) {
      pair.tick();
      pair.settle();
    }
    expect(pair.ends).toEqual({});
    for (let i = 0; i < 3; i += 1) pair.tick();
    expect(pair.ends.gateway?.code).toBe('peer_silent');
    expect(pair.ends.connector?.code).toBe('peer_silent');
  });

  it('passes status and log lines on', () => {
    const pair = new Pair().greet();
    const status = { load: 0.5, openStreams: 1, memoryBytes: 1, servers: [] };
    const batch = {
      dropped: 0,
      lines: [{ at: '2026-11-28T12:00:00.000Z', level: 'info' as const, text: 'hello' }],
    };
    pair.connector.reportStatus(status);
    pair.connector.reportLog(batch);
    pair.settle();
    expect([pair.statuses, pair.logs]).toEqual([[status], [batch]]);
  });
});

/** The OPEN frame of an honest gateway. */
function openMessage(id: number): Uint8Array {
  const pair = new Pair().greet();
  pair.gateway.open(HEAD, new Recorder());
  const [message] = pair.gatewayPort.sent;
  if (message === undefined) throw new Error('nothing was sent');
  return withStreamId(message, id);
}

function withStreamId(message: Uint8Array, id: number): Uint8Array {
  const copy = message.slice();
  copy[4] = id;
  return copy;
}

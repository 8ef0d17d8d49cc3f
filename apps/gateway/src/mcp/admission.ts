import { countValues, type Frame } from '@holdpoint/mcp';
import { Inject, Injectable } from '@nestjs/common';
import type { Environment } from '../env.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import { ENVIRONMENT } from '../platform/tokens.ts';
import type { Exchange } from './exchange.ts';

/** What one value of a parsed frame takes, so that two bytes of text can't hide a hundred of memory. */
const BYTES_PER_VALUE = 96;
/** No caller gets more of the memory for messages than one part in so many. */
const CALLER_SHARE = 4;
const RETRY_AFTER_S = '1';

/** One caller's exchanges that are under way in this process. */
interface Load {
  readonly callerKey: string;
  calls: number;
  streams: number;
  bytes: number;
}

/** One exchange's place, until it leaves. */
export interface Stay {
  /** Counts what was read for what was announced. @throws GatewayError `too_many_calls`, `overloaded` */
  weigh(frame: Pick<Frame, 'bytes' | 'root'>): void;
  /** Counts so many calls where one was counted. @throws GatewayError `too_many_calls` */
  spread(calls: number): void;
  leave(): void;
}

/**
 * Who may have how much under way here. A caller at its limit is refused at once and can't take what
 * others need; nothing is queued, since a queue of refused work is memory as well. What is counted is
 * of this process: with N of them a caller has N times as much.
 */
@Injectable()
export class Admission {
  /** Only callers with something under way: bounded by what is under way. */
  readonly #loads = new Map<string, Load>();
  readonly #maxCalls: number;
  readonly #maxStreams: number;
  readonly #maxBytes: number;
  readonly #maxBytesOfCaller: number;
  readonly #maxFrameBytes: number;
  #bytes = 0;

  constructor(@Inject(ENVIRONMENT) env: Environment) {
    // A held call keeps its exchange; waiting for people must not use up what is for running.
    this.#maxCalls = env.HOLDPOINT_MAX_CALLS_PER_CALLER + env.HOLDPOINT_MAX_HELD_PER_CALLER;
    this.#maxStreams = env.HOLDPOINT_MAX_STREAMS_PER_CALLER;
    this.#maxFrameBytes = env.HOLDPOINT_MAX_FRAME_BYTES;
    this.#maxBytes = env.HOLDPOINT_MAX_PENDING_BYTES;
    this.#maxBytesOfCaller = this.#maxBytes / CALLER_SHARE;
  }

  /** @throws GatewayError `too_many_calls`, `overloaded`; nothing of the message was read then */
  enter(callerKey: string, exchange: Exchange): Stay {
    const kind = exchange.request.method === 'GET' ? 'streams' : 'calls';
    const load = this.#loads.get(callerKey) ?? { callerKey, calls: 0, streams: 0, bytes: 0 };
    const limit = kind === 'streams' ? this.#maxStreams : this.#maxCalls;
    if (load[kind] >= limit) throw tooMany(exchange, `has ${limit} ${kind} under way here`);
    let weight = 0;
    const take = (bytes: number) => {
      this.#checkRoom(load, bytes, exchange);
      weight += bytes;
      load.bytes += bytes;
      this.#bytes += bytes;
    };
    const announced = this.#announcedBytes(exchange);
    take(announced);
    load[kind] += 1;
    this.#loads.set(callerKey, load);
    let isHere = true;
    let places = 1;
    return {
      weigh: ({ bytes, root }) =>
        take(bytes.byteLength - announced + countValues(root) * BYTES_PER_VALUE),
      spread: (calls) => {
        const more = calls - places;
        if (load[kind] + more > limit)
          throw tooMany(exchange, `has no room for ${calls} more of its ${limit} ${kind} here`);
        load[kind] += more;
        places = calls;
      },
      leave: () => {
        if (!isHere) return;
        isHere = false;
        load[kind] -= places;
        load.bytes -= weight;
        this.#bytes -= weight;
        if (load.calls + load.streams === 0) this.#loads.delete(load.callerKey);
      },
    };
  }

  /** INVARIANT: one caller alone never brings the process to its limit. */
  #checkRoom(load: Load, bytes: number, exchange: Exchange): void {
    if (load.bytes + bytes > this.#maxBytesOfCaller)
      throw tooMany(exchange, 'has as much data under way here as one caller may have');
    if (this.#bytes + bytes <= this.#maxBytes) return;
    exchange.setHeader('retry-after', RETRY_AFTER_S);
    throw new GatewayError(
      'overloaded',
      'This gateway has as much data under way as it has memory for. Nothing was carried out. Try again in a moment.',
    );
  }

  /** A body that doesn't say its length may be as large as any; one that is too large isn't read. */
  #announcedBytes(exchange: Exchange): number {
    if (exchange.header('transfer-encoding') !== undefined) return this.#maxFrameBytes;
    const declared = Number(exchange.header('content-length') ?? 0);
    return declared > this.#maxFrameBytes ? 0 : declared;
  }
}

function tooMany(exchange: Exchange, what: string): GatewayError {
  exchange.setHeader('retry-after', RETRY_AFTER_S);
  return new GatewayError(
    'too_many_calls',
    `This caller ${what}. Nothing was carried out. Wait for an answer before asking again.`,
  );
}

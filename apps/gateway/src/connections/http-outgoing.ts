import { lookup as dnsLookup, type LookupAddress, type LookupOptions } from 'node:dns';
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import type { Readable } from 'node:stream';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Agent, buildConnector, Pool, request } from 'undici';
import type { Environment } from '../env.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import { ENVIRONMENT } from '../platform/tokens.ts';
import { classifyAddress, isLoopback } from './address-guard.ts';
import { markUnsent } from './outgoing-failure.ts';

const CONNECT_TIMEOUT_MS = 10_000;
const CONNECTIONS_PER_ORIGIN = 256;
const STREAMS_PER_ORIGIN = 4096;
const MAX_ORIGINS = 1024;

export interface OutgoingRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly signal?: AbortSignal;
  /** Private, loopback and translated addresses are refused without it. */
  readonly allowPrivate: boolean;
  readonly headersTimeoutMs?: number;
  /** Longest silence between two chunks of the body; 0 waits for ever. */
  readonly bodyTimeoutMs?: number;
  /** A stream that stays open takes no place from the requests that come and go. */
  readonly staysOpen?: boolean;
}

/** Nothing of MCP changes a resource; ticket systems do. */
interface HttpOutgoingRequest extends Omit<OutgoingRequest, 'method'> {
  readonly method: OutgoingRequest['method'] | 'PUT' | 'PATCH';
}

export interface OutgoingAnswer {
  /** A redirect arrives as it is: following it would send the request a second time, elsewhere. */
  readonly statusCode: number;
  readonly headers: IncomingHttpHeaders;
  /** Must be read or destroyed. `bytes` reads all of it, however much comes. */
  readonly body: Readable & { bytes(): Promise<Uint8Array> };
}

/**
 * The one way out to any address that an admin can enter. A name is resolved once and the connection
 * goes to what was resolved and checked, so that a second DNS answer can't lead elsewhere.
 * INVARIANT: no redirect, no retry, no proxy from the environment; a request leaves at most once.
 */
@Injectable()
export class HttpOutgoing implements OnModuleDestroy {
  readonly #requests: Agents;
  readonly #streams: Agents;
  readonly #ownPort: number;

  constructor(@Inject(ENVIRONMENT) env: Pick<Environment, 'HOLDPOINT_PORT'>) {
    this.#ownPort = env.HOLDPOINT_PORT;
    this.#requests = this.#agents(CONNECTIONS_PER_ORIGIN);
    this.#streams = this.#agents(STREAMS_PER_ORIGIN);
  }

  /**
   * @throws GatewayError `address_refused`; or what undici throws, see `classifyFailure` and `wasSent`.
   */
  async request(url: string, options: HttpOutgoingRequest): Promise<OutgoingAnswer> {
    const target = readTarget(url);
    const literal = target.hostname.replace(/^\[|\]$/g, '');
    if (isIP(literal) !== 0) checkAddress(literal, this.#ruleFor(target, options.allowPrivate));
    const agents = options.staysOpen === true ? this.#streams : this.#requests;
    const answer = await request(target, {
      dispatcher: agents[options.allowPrivate ? 'withPrivate' : 'publicOnly'],
      method: options.method,
      headers: { 'accept-encoding': 'identity', ...options.headers },
      body: options.body ?? null,
      headersTimeout: options.headersTimeoutMs ?? 30_000,
      bodyTimeout: options.bodyTimeoutMs ?? 30_000,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    return { statusCode: answer.statusCode, headers: answer.headers, body: answer.body };
  }

  async onModuleDestroy(): Promise<void> {
    const agents = [this.#requests, this.#streams].flatMap((each) => Object.values(each));
    await Promise.all(agents.map((agent: Agent) => agent.destroy()));
  }

  #agents(perOrigin: number): Agents {
    return { publicOnly: this.#agent(false, perOrigin), withPrivate: this.#agent(true, perOrigin) };
  }

  #agent(allowPrivate: boolean, perOrigin: number): Agent {
    return new Agent({
      maxOrigins: MAX_ORIGINS,
      factory: (origin) =>
        new Pool(origin, {
          connections: perOrigin,
          pipelining: 1,
          allowH2: false,
          keepAliveTimeout: 4000,
          connect: this.#connector(this.#ruleFor(new URL(origin), allowPrivate)),
        }),
    });
  }

  #connector(rule: AddressRule): buildConnector.connector {
    const connect = buildConnector({
      allowH2: false,
      timeout: CONNECT_TIMEOUT_MS,
      lookup: guardedLookup(rule),
    });
    return (options, callback) =>
      connect(options, (...[error, socket]: [Error, null] | [null, Socket]) => {
        if (error === null) callback(null, socket);
        else callback(markUnsent(error), null);
      });
  }

  #ruleFor({ protocol, port }: URL, allowPrivate: boolean): AddressRule {
    const number = Number(port === '' ? (protocol === 'https:' ? 443 : 80) : port);
    return { allowPrivate, isOwnPort: number === this.#ownPort };
  }
}

/** Two, so that a connection opened where private ranges are ticked serves nobody else. */
interface Agents {
  readonly publicOnly: Agent;
  readonly withPrivate: Agent;
}

type Socket = Extract<Parameters<buildConnector.Callback>, [null, unknown]>[1];

interface AddressRule {
  readonly allowPrivate: boolean;
  /** The gateway calling itself would be a loop. */
  readonly isOwnPort: boolean;
}

function readTarget(url: string): URL {
  const target = URL.parse(url);
  if (target === null || !/^https?:$/.test(target.protocol)) {
    throw refused('Only http and https addresses can be reached.');
  }
  if (target.username !== '' || target.password !== '') {
    throw refused('An address with a user name or password in it is refused; use the credential.');
  }
  return target;
}

/** Every address a name resolves to is checked: which of them gets connected is not ours to choose. */
export function checkAddress(address: string, rule: AddressRule): void {
  const kind = classifyAddress(address);
  if (kind === 'refused') {
    throw refused(`The address leads to ${address}, which is never reached from here.`);
  }
  if (kind === 'private' && !rule.allowPrivate) {
    throw refused(
      `The address leads to ${address}, a private one. An admin can allow private addresses for this connection.`,
    );
  }
  if (rule.isOwnPort && isLoopback(address)) {
    throw refused('The address leads back to this gateway.');
  }
}

function refused(message: string): GatewayError {
  return markUnsent(new GatewayError('address_refused', message));
}

type LookupCallback = (
  error: NodeJS.ErrnoException | null,
  address: string | LookupAddress[],
  family?: number,
) => void;
type Resolve = (
  hostname: string,
  options: LookupOptions & { all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** A `lookup` for `net.connect` that hands out only what the rule lets through. */
export function guardedLookup(rule: AddressRule, resolve: Resolve = dnsLookup) {
  return (hostname: string, options: LookupOptions, callback: LookupCallback): void => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, []);
      try {
        for (const { address } of addresses) checkAddress(address, rule);
      } catch (refusal) {
        return callback(refusal instanceof Error ? refusal : new Error(String(refusal)), []);
      }
      if (options.all === true) return callback(null, addresses);
      const [first] = addresses;
      if (first === undefined) return callback(notFound(hostname), []);
      callback(null, first.address, first.family);
    });
  };
}

function notFound(hostname: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${hostname} has no address`), { code: 'ENOTFOUND' });
}

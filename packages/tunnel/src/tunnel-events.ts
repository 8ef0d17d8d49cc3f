import type {
  Challenge,
  ConnectorStatus,
  GoAway,
  Hello,
  LogBatch,
  OpenHead,
  Refused,
  Welcome,
} from './messages.ts';
import type { TunnelErrorCode } from './tunnel.error.ts';
import type { StreamHandlers, TunnelStream } from './tunnel-stream.ts';

/** Where a tunnel's messages go out. Its owner calls `receive`, `portDrained` and `portClosed`. */
export interface TunnelPort {
  /** Sends one binary message, in order, and keeps it until it has left. Must not throw. */
  send(message: Uint8Array): void;
  /** Bytes handed to `send` that haven't left yet. */
  bufferedBytes(): number;
  /** Ends the socket. The message is for the peer's operator: at most 100 characters, nobody's secret. */
  close(code: TunnelErrorCode, message: string): void;
}

/** Why a tunnel ended. */
export interface TunnelEnd {
  readonly code: TunnelErrorCode;
  readonly message: string;
}

interface CommonEvents {
  /** The other end drains: open streams finish, new ones go elsewhere. */
  onGoAway?(notice: GoAway): void;
  /** The owner's own code threw; what it threw in ends. For a log. */
  onFault?(error: unknown): void;
  /** Once; every stream has been told before. */
  onClose(end: TunnelEnd): void;
}

/** What the gateway's end of a tunnel is told. */
export interface GatewayEvents extends CommonEvents {
  /** Check it, then call `welcome` or `refuse`. */
  onHello(hello: Hello): void;
  onStatus?(status: ConnectorStatus): void;
  onLog?(batch: LogBatch): void;
}

/** What the connector's end of a tunnel is told. */
export interface ConnectorEvents extends CommonEvents {
  /** Sign it and call `hello`. */
  onChallenge(challenge: Challenge): void;
  onWelcome(welcome: Welcome): void;
  /** The tunnel closes after it. */
  onRefused(refused: Refused): void;
  /** An exchange begins. Answer, now or later, by the stream. */
  onOpen(head: OpenHead, stream: TunnelStream): StreamHandlers;
}

/** Runs something again and again; time comes from outside so that tests can turn it. */
export interface TunnelClock {
  /** @returns how to stop it. */
  every(intervalMs: number, run: () => void): () => void;
}

export interface TunnelLimits {
  readonly maxStreams: number;
  /** How often the peer is asked for a sign of life. */
  readonly pingIntervalMs: number;
  /** Intervals without any message after which the peer counts as gone. */
  readonly silentIntervals: number;
  /** Bytes waiting in the socket above which data waits in its stream. */
  readonly portHighBytes: number;
  /** Bytes waiting in the socket at which a peer that doesn't read is given up. */
  readonly portMaxBytes: number;
}

export const DEFAULT_LIMITS: TunnelLimits = {
  maxStreams: 1024,
  pingIntervalMs: 5_000,
  silentIntervals: 4,
  portHighBytes: 1024 * 1024,
  portMaxBytes: 16 * 1024 * 1024,
};

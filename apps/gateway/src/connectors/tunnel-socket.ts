import type { Duplex } from 'node:stream';
import type { TunnelErrorCode, TunnelPort } from '@holdpoint/tunnel';
import type { WebSocket } from 'ws';

/** How long a peer may take to answer a closing handshake. */
const GOODBYE_MS = 2000;
const POLICY_VIOLATION = 1008;
const GOING_AWAY = 1001;

/** A WebSocket as a tunnel's port. */
export class TunnelSocket implements TunnelPort {
  #isGathering = false;

  /** @param transport - what the WebSocket is written to */
  constructor(
    private readonly socket: WebSocket,
    private readonly transport: Duplex,
  ) {}

  send(message: Uint8Array): void {
    this.#gather();
    this.socket.send(message, { binary: true }, () => undefined);
  }

  /** All frames of one turn of the event loop leave by one write. */
  #gather(): void {
    if (this.#isGathering) return;
    this.#isGathering = true;
    this.transport.cork();
    setImmediate(() => {
      this.#isGathering = false;
      this.transport.uncork();
    });
  }

  bufferedBytes(): number {
    return this.socket.bufferedAmount;
  }

  close(code: TunnelErrorCode, message: string): void {
    this.socket.close(code === 'closed' ? GOING_AWAY : POLICY_VIOLATION, truncated(message));
    // A peer that is gone or stands still never answers.
    setTimeout(() => this.socket.terminate(), GOODBYE_MS).unref();
  }
}

/** A closing frame has room for 123 bytes. */
function truncated(message: string): string {
  const bytes = Buffer.from(message, 'utf8');
  return bytes.length <= 120
    ? message
    : bytes
        .subarray(0, 120)
        .toString('utf8')
        .replace(/\uFFFD+$/, '');
}

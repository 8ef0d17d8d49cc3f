import type { Duplex } from 'node:stream';
import type { TunnelErrorCode, TunnelPort } from '@holdpoint/tunnel';
import type { WebSocket } from 'ws';

/** How long the other end may take to answer a close. */
const CLOSE_MS = 2000;
const PROTOCOL_ERROR = 1002;
const GOING_AWAY = 1001;
const REASON_BYTES = 120;

/** A tunnel's messages over a WebSocket of `ws`. */
export class WsPort implements TunnelPort {
  readonly #socket: WebSocket;
  readonly #raw: Duplex;
  readonly #sent: () => void;
  #isGathering = false;

  /**
   * @param raw - what the WebSocket is written to
   * @param drained - some of what was held has left
   */
  constructor(socket: WebSocket, raw: Duplex, drained: () => void) {
    this.#socket = socket;
    this.#raw = raw;
    this.#sent = drained;
  }

  send(message: Uint8Array): void {
    this.#gather();
    this.#socket.send(message, this.#sent);
  }

  /** All frames of one turn of the event loop leave by one write. */
  #gather(): void {
    if (this.#isGathering) return;
    this.#isGathering = true;
    this.#raw.cork();
    setImmediate(() => {
      this.#isGathering = false;
      this.#raw.uncork();
    });
  }

  bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  close(code: TunnelErrorCode, message: string): void {
    // Nobody is there to answer.
    if (code === 'peer_silent' || code === 'peer_stalled') return this.#socket.terminate();
    const reason = message.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, REASON_BYTES);
    this.#socket.close(code === 'protocol' ? PROTOCOL_ERROR : GOING_AWAY, reason);
    setTimeout(() => this.#socket.terminate(), CLOSE_MS).unref();
  }
}

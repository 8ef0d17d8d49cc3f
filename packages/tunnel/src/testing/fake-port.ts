import type { Tunnel } from '../tunnel.ts';
import type { TunnelErrorCode } from '../tunnel.error.ts';
import type { TunnelPort } from '../tunnel-events.ts';

/** One direction of a fake socket: keeps its messages until a test lets them arrive. */
export class FakePort implements TunnelPort {
  readonly sent: Uint8Array[] = [];
  closedWith: { code: TunnelErrorCode; message: string } | undefined;

  send(message: Uint8Array): void {
    if (this.closedWith === undefined) this.sent.push(message);
  }

  bufferedBytes(): number {
    return this.sent.reduce((sum, message) => sum + message.byteLength, 0);
  }

  close(code: TunnelErrorCode, message: string): void {
    this.closedWith = { code, message };
  }

  /** Lets the oldest message arrive. @returns whether there was one. */
  deliverOne(from: Tunnel, to: Tunnel): boolean {
    const message = this.sent.shift();
    if (message === undefined) return false;
    // As a socket does: the receiver gets bytes of its own.
    to.receive(message.slice());
    from.portDrained();
    return true;
  }
}

/** Why a tunnel ended, or why something could not be done with it. */
export type TunnelErrorCode =
  /** The peer broke the protocol: an unknown frame, one out of its state, or more than its credit. */
  | 'protocol'
  /** Nothing came from the peer for too long: its socket is dead, or it stands still. */
  | 'peer_silent'
  /** The peer reads too slowly for what must be sent in any case. */
  | 'peer_stalled'
  /** The socket is gone. */
  | 'port_closed'
  /** This end closed it. */
  | 'closed'
  /** The gateway refused the connector. */
  | 'refused'
  /** The handshake isn't over, or was not over in time. */
  | 'not_ready'
  /** One end drains: no new streams. */
  | 'going_away'
  | 'too_many_streams'
  | 'head_too_large';

/** The one error of this package. The message may be shown to admins; it repeats nothing of the peer. */
export class TunnelError extends Error {
  override readonly name = 'TunnelError';
  readonly code: TunnelErrorCode;

  constructor(code: TunnelErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

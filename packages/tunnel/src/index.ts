export { challengeBytes, type ChallengeFacts } from './challenge.ts';
export { FRAME_HEADER_BYTES, MAX_DATA_BYTES, MAX_HEAD_BYTES, MAX_MESSAGE_BYTES } from './frame.ts';
export {
  type AnswerHead,
  type Challenge,
  type ConnectorStatus,
  type GoAway,
  type Hello,
  type LogBatch,
  MAX_STREAMS,
  type OfferedServer,
  type OpenHead,
  PROTOCOL_VERSIONS,
  type Refused,
  RESET_CODES,
  type ResetCode,
  serverName,
  type ServerState,
  type StreamReset,
  SUBPROTOCOL,
  type Welcome,
} from './messages.ts';
export { Tunnel, type TunnelSide } from './tunnel.ts';
export { TunnelError, type TunnelErrorCode } from './tunnel.error.ts';
export {
  type ConnectorEvents,
  DEFAULT_LIMITS,
  type GatewayEvents,
  type TunnelClock,
  type TunnelEnd,
  type TunnelLimits,
  type TunnelPort,
} from './tunnel-events.ts';
export { type StreamHandlers, TunnelStream, WINDOW_BYTES } from './tunnel-stream.ts';
export { chooseVersion, versionRefusal } from './versions.ts';

import type { OfferedServer, ServerState } from '@holdpoint/tunnel';
import type { Exchange } from './exchange.ts';

/** What stands for one configured server. */
export interface ServerFront {
  readonly kind: OfferedServer['kind'];
  start(): void;
  /** Answers an exchange whose request is whole. What it throws ends the exchange. */
  serve(exchange: Exchange): void;
  state(): Omit<ServerState, 'name'>;
  /** Ends it and everything it started; resolves when nothing of it runs any more. */
  stop(): Promise<void>;
}

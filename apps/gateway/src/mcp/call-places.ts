import { clientInfoOf, detectEra, protocolVersionOf, type Frame } from '@holdpoint/mcp';
import { Injectable } from '@nestjs/common';
import { GatewayError } from '../platform/gateway.error.ts';
import { methodOf, type Incoming, type Visit } from './call.ts';
import { checkModernMessage } from './modern-request.ts';
import { SessionStore } from './session-store.ts';
import { Transports } from './transports.ts';

/** Where a message belongs: its era, and its session. */
@Injectable()
export class CallPlaces {
  constructor(
    private readonly sessions: SessionStore,
    private readonly transports: Transports,
  ) {}

  /** @throws GatewayError `unknown_session`: a handle that isn't this caller's resolves for nobody */
  async of({ exchange, connection, caller }: Visit, frame: Frame): Promise<Incoming> {
    const era = detectEra((name) => exchange.header(name), frame.message);
    const protocolVersion =
      exchange.header('mcp-protocol-version') ?? protocolVersionOf(frame.message) ?? null;
    const info = clientInfoOf(frame.message);
    const opening = {
      connection,
      caller,
      era,
      protocolVersion,
      client: { name: info?.name ?? null, version: info?.version ?? null },
    };
    const incoming = { exchange, connection, caller, frame, era, protocolVersion };
    if (era === 'modern') {
      checkModernMessage(exchange, frame);
      await this.transports.meet(connection, era);
      return { ...incoming, session: await this.sessions.run(opening) };
    }
    const handle = exchange.header('mcp-session-id');
    if (handle !== undefined) {
      const session = await this.sessions.byHandle(handle, caller.key, connection.id);
      if (!session)
        throw new GatewayError(
          'unknown_session',
          'There is no such session for you on this connection. Initialize again.',
        );
      return { ...incoming, session };
    }
    const isInitialize = methodOf({ frame }) === 'initialize';
    if (isInitialize) await this.transports.meet(connection, era);
    // The handshake's own header must not name a version yet.
    return isInitialize
      ? { ...incoming, protocolVersion: null, session: await this.sessions.open(opening) }
      : { ...incoming, session: await this.sessions.run(opening) };
  }
}

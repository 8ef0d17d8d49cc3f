import { isDeepStrictEqual } from 'node:util';
import { Inject, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { WebSocketGateway, WebSocketServer, type OnGatewayConnection } from '@nestjs/websockets';
import { HINT_EVENT, roleSchema, type Hint } from '@holdpoint/contracts';
import type { Request } from 'express';
import type { DefaultEventsMap, Server, Socket } from 'socket.io';
import { z } from 'zod';
import type { Environment } from '../env.ts';
import { personOf } from '../identity/console-session.ts';
import { SIGN_IN_LIFETIME_MS } from '../identity/signed-in-person.ts';
import { ChangeBus } from '../platform/change-bus.ts';
import { Database } from '../platform/database.ts';
import type { Logger } from '../platform/logger.ts';
import { ENVIRONMENT, LOGGER } from '../platform/tokens.ts';
import { mayHear } from './topics.ts';

/** How long a socket may outlive its session, or its person's groups, when another replica learned of it. */
const RECHECK_MS = 15_000;

interface SocketData {
  readonly sessionId: string;
  readonly endsAt: number;
  /** By which it was decided what it hears. */
  readonly groups: readonly string[];
}
type Events = DefaultEventsMap;
type LiveSocket = Socket<Events, Events, Events, SocketData>;

const sessionRowsSchema = z.array(z.object({ sid: z.string(), groups: z.array(z.string()) }));

/**
 * Hints for the console that something changed. Each replica hears all hints over LISTEN and tells
 * its own sockets, so no adapter between replicas is needed (docs/decisions/0001).
 */
@WebSocketGateway()
export class LiveGateway implements OnGatewayConnection<LiveSocket>, OnModuleInit, OnModuleDestroy {
  @WebSocketServer() private readonly server:
    Server<Events, Events, Events, SocketData> | undefined;
  #unsubscribe: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(ENVIRONMENT) private readonly env: Environment,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly changes: ChangeBus,
    private readonly database: Database,
  ) {}

  onModuleInit(): void {
    this.#unsubscribe = this.changes.subscribe((hint) => this.#relay(hint));
    this.#timer = setInterval(() => void this.#dropEnded(), RECHECK_MS).unref();
  }

  onModuleDestroy(): void {
    this.#unsubscribe?.();
    clearInterval(this.#timer);
  }

  async handleConnection(socket: LiveSocket): Promise<void> {
    // The adapter put the session middleware before the handshake.
    const { session, sessionID } = socket.request as Request;
    const person = personOf(session, this.env, Date.now());
    if (person === undefined || person.roles.length === 0) {
      socket.disconnect(true);
      return;
    }
    const endsAt = person.groupsAt + SIGN_IN_LIFETIME_MS;
    socket.data = { sessionId: sessionID, endsAt, groups: person.groups };
    await socket.join([sessionRoom(sessionID), ...person.roles.map(roleRoom)]);
  }

  /** Ends this replica's sockets of a session at once; other replicas find out by their recheck. */
  disconnectSession(sessionId: string): void {
    this.server?.in(sessionRoom(sessionId)).disconnectSockets(true);
  }

  #relay(hint: Hint): void {
    const rooms = roleSchema.options.filter((role) => mayHear(role, hint.topic)).map(roleRoom);
    this.server?.to(rooms).emit(HINT_EVENT, hint);
  }

  async #dropEnded(): Promise<void> {
    const sockets = [...(this.server?.sockets.sockets.values() ?? [])];
    if (sockets.length === 0) return;
    try {
      const ids = sockets.map((socket) => socket.data.sessionId);
      const { rows } = await this.database.pool.query(
        `select sid, coalesce(sess #> '{signedIn,groups}', '[]') as groups from console_session
          where sid = any($1) and expire > now()`,
        [ids],
      );
      const open = new Map(sessionRowsSchema.parse(rows).map(({ sid, groups }) => [sid, groups]));
      for (const socket of sockets) {
        const { sessionId, endsAt, groups } = socket.data;
        const still = open.get(sessionId);
        const isSame = still !== undefined && isDeepStrictEqual(still, groups);
        if (!isSame || Date.now() >= endsAt) socket.disconnect(true);
      }
    } catch (error) {
      // Hints hold ids only; a database that can't be asked is no reason to cut everyone off.
      this.logger.warn({ error: String(error) }, 'sockets could not be checked');
    }
  }
}

const sessionRoom = (sessionId: string) => `session:${sessionId}`;
const roleRoom = (role: string) => `role:${role}`;

import type { IncomingMessage } from 'node:http';
import type { INestApplicationContext } from '@nestjs/common';
import { IoAdapter } from '@nestjs/platform-socket.io';
import type { Request, RequestHandler } from 'express';
import type { Environment } from '../env.ts';
import { personOf } from '../identity/console-session.ts';

/** A hint is a few dozen bytes, and the console sends nothing at all. */
const MAX_MESSAGE_BYTES = 4096;

/** Nest's own copy of Socket.IO's options. */
type Options = Parameters<IoAdapter['createIOServer']>[1];
type Server = ReturnType<IoAdapter['createIOServer']>;

/** Socket.IO behind the console's session: who has no role gets no handshake. */
export class LiveAdapter extends IoAdapter {
  readonly #env: Environment;
  readonly #session: RequestHandler;

  constructor(app: INestApplicationContext, env: Environment, session: RequestHandler) {
    super(app);
    this.#env = env;
    this.#session = session;
  }

  override createIOServer(port: number, options?: Options): Server {
    const own = {
      path: '/live',
      serveClient: false,
      // Else engine.io ends the upgrades of every other path after a second.
      destroyUpgrade: false,
      maxHttpBufferSize: MAX_MESSAGE_BYTES,
      allowRequest: (req: IncomingMessage, done: (error: string | null, ok: boolean) => void) =>
        done(null, this.#mayConnect(req)),
    };
    const server = super.createIOServer(port, Object.assign({}, options, own));
    server.engine.use(this.#session);
    server.engine.on('headers', (headers: Record<string, string>) => {
      headers['X-Content-Type-Options'] = 'nosniff';
      headers['Cache-Control'] = 'no-store';
    });
    return server;
  }

  #mayConnect(req: IncomingMessage): boolean {
    const { host, origin } = req.headers;
    // SECURITY: browsers don't apply the same-origin policy to sockets, they only name the origin.
    // Long polling is an ordinary request: without a foreign origin it is the browser's own page.
    const isUpgrade = req.headers.upgrade !== undefined;
    const sameOrigin =
      origin === undefined
        ? !isUpgrade && req.headers['sec-fetch-site'] === 'same-origin'
        : origin === this.#env.HOLDPOINT_PUBLIC_URL;
    const ownHost =
      host?.toLowerCase() === new URL(this.#env.HOLDPOINT_PUBLIC_URL).host ||
      this.#env.HOLDPOINT_TRUSTED_PROXIES.length > 0;
    const person = personOf((req as Request).session, this.#env, Date.now());
    return sameOrigin && ownHost && person !== undefined && person.roles.length > 0;
  }
}

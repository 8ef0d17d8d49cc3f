import type { IncomingMessage, RequestListener, Server } from 'node:http';
import type { Request, RequestHandler, Response } from 'express';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { ConnectorEndpoint } from './connectors/connector-endpoint.ts';
import { RelayEndpoint } from './connectors/relay-endpoint.ts';
import type { Environment } from './env.ts';
import { isConsolePath, isOpenPath, requireSignInForPages } from './identity/console-pages.ts';
import { createConsoleSession } from './identity/console-session.ts';
import { ProtectedResource } from './identity/protected-resource.ts';
import { LiveAdapter } from './live/live.adapter.ts';
import { McpEndpoint } from './mcp/mcp-endpoint.ts';
import { CallbackEndpoint } from './notifications/callbacks/callback.endpoint.ts';
import { SlackEndpoint } from './notifications/slack/slack.endpoint.ts';
import { JiraEndpoint } from './notifications/tickets/jira.endpoint.ts';
import { createConsoleProxy } from './platform/console-proxy.ts';
import { Database } from './platform/database.ts';
import { Envelope } from './platform/envelope.ts';
import { hostCheck } from './platform/host-check.ts';
import { createIdentityProxy } from './platform/identity-proxy.ts';
import { jsonBody } from './platform/json-body.ts';
import type { Logger } from './platform/logger.ts';
import { assignRequestId } from './platform/request-id.ts';
import { securityHeaders, securityHeadersOf } from './platform/security-headers.ts';
import { ENVIRONMENT, LOGGER } from './platform/tokens.ts';

/** A policy and its test cases, of 1 MiB each, escaped as JSON. */
const API_BODY_BYTES = 4 * 1024 * 1024;

/**
 * The way of a request through the gateway.
 * SECURITY: the order is the guarantee. Nothing above the session line knows a cookie, nothing
 * below it is reached under a foreign name, and the MCP endpoint sees its bytes unparsed.
 */
export async function mountHttp(app: NestExpressApplication): Promise<void> {
  const env = app.get<Environment>(ENVIRONMENT);
  const logger = app.get<Logger>(LOGGER);
  app.disable('x-powered-by');
  app.set('trust proxy', env.HOLDPOINT_TRUSTED_PROXIES);

  app.use(assignRequestId);
  app.use(securityHeaders(env));
  app.use(hostCheck(env));

  const mcp = app.get(McpEndpoint);
  app.use(
    '/mcp',
    exactly('/mcp', (req, res) => mcp.handle(req, res)),
  );
  const slack = app.get(SlackEndpoint);
  app.use(
    '/api/slack',
    exactly('/api/slack', (req, res) => slack.handle(req, res)),
  );
  const callbacks = app.get(CallbackEndpoint);
  app.use(
    '/api/callbacks',
    exactly('/api/callbacks', (req, res) => callbacks.handle(req, res)),
  );
  const tickets = app.get(JiraEndpoint);
  app.use(
    '/api/tickets',
    exactly('/api/tickets', (req, res) => tickets.handle(req, res)),
  );
  const resource = app.get(ProtectedResource);
  app.use('/.well-known', (req: Request, res: Response) => resource.handle(req, res));
  if (env.HOLDPOINT_EMBEDDED_IDP_URL !== undefined) {
    app.use('/oidc', createIdentityProxy(env.HOLDPOINT_EMBEDDED_IDP_URL, env, logger));
  }

  const session = createConsoleSession(env, app.get(Database), app.get(Envelope), logger);
  const consoleProxy = createConsoleProxy(env, logger);
  // The page's scripts and the page that explains a failed sign-in don't cost a session.
  app.use(forConsole(isOpenPath, consoleProxy));
  if (env.secure) app.use(arrivedOverTls);
  app.use(session);
  app.use(forConsole(isConsolePath, requireSignInForPages(env)));
  app.use(forConsole(isConsolePath, consoleProxy));

  app.use(neverCached);
  app.use(jsonBody(API_BODY_BYTES));
  app.useWebSocketAdapter(new LiveAdapter(app, env, session));
  await app.init();
  const relay = app.get(RelayEndpoint);
  putInFront(app.getHttpServer(), env, {
    mcp: (req, res) => mcp.handle(req, res),
    relay: (req, res) => relay.handle(req, res),
    isForRelay: (req) => relay.isFor(req),
  });
  app.get(ConnectorEndpoint).attach(app.getHttpServer());
}

/**
 * Calls of agents skip the framework: its chain costs a tenth of a call and does nothing for them.
 * Only what comes under the gateway's own name, as it is, takes the short way; whatever has to be
 * looked at more closely (another name, a proxy's word for it) goes through the checks above.
 */
function putInFront(
  server: Server,
  env: Environment,
  to: {
    readonly mcp: RequestListener;
    /** Other gateways name this one by its own address, and know no name of the public. */
    readonly relay: RequestListener;
    readonly isForRelay: (request: IncomingMessage) => boolean;
  },
): void {
  const { host } = new URL(env.HOLDPOINT_PUBLIC_URL);
  const isOwn = ({ headers, url = '' }: IncomingMessage) =>
    url.startsWith('/mcp/') &&
    headers.host?.toLowerCase() === host &&
    headers['x-forwarded-host'] === undefined;
  const headers = new Map(securityHeadersOf(env));
  const framework = server.listeners('request').slice();
  server.removeAllListeners('request');
  server.on('request', (req, res) => {
    if (isOwn(req)) {
      // As behind a mount point.
      req.url = (req.url ?? '').slice('/mcp'.length);
      res.setHeaders(headers);
      to.mcp(req, res);
    } else if (to.isForRelay(req)) to.relay(req, res);
    else for (const listener of framework) listener.call(server, req, res);
  });
}

/** Express compares a mount without case: what a proxy's rule for `/mcp` doesn't match must not get in as `/MCP`. */
function exactly(mount: string, handler: RequestHandler): RequestHandler {
  return (req, res, next) => (req.baseUrl === mount ? handler(req, res, next) : next());
}

function forConsole(applies: (path: string) => boolean, handler: RequestHandler): RequestHandler {
  return (req, res, next) =>
    isConsolePath(req.path) && applies(req.path) ? handler(req, res, next) : next();
}

/** The public URL is https, so TLS ended in front of us; without this no secure cookie is set. */
const arrivedOverTls: RequestHandler = (req, _res, next) => {
  Object.defineProperty(req, 'secure', { value: true });
  next();
};

const neverCached: RequestHandler = (_req, res, next) => {
  res.setHeader('cache-control', 'no-store');
  next();
};

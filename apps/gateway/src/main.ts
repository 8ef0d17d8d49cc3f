import 'reflect-metadata';
import type { Server } from 'node:http';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.ts';
import { ConnectorLinks } from './connectors/connector-links.ts';
import { EnvironmentError, parseEnvironment, type Environment } from './env.ts';
import { mountHttp } from './http-app.ts';
import { isDatabaseUnavailable } from './platform/database-unavailable.ts';
import { listen, ListenError, type Listening } from './platform/listen.ts';
import { createLogger, type Logger } from './platform/logger.ts';
import { NestLogger } from './platform/nest-logger.ts';

/** After this a shutdown stops waiting for what is still open. */
const SHUTDOWN_MS = 10_000;

try {
  const env = parseEnvironment(process.env);
  await start(env, createLogger(env.HOLDPOINT_LOG_LEVEL));
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(1);
}

async function start(env: Environment, logger: Logger): Promise<void> {
  const app = await NestFactory.create<NestExpressApplication>(AppModule, {
    bodyParser: false,
    logger: new NestLogger(logger),
    abortOnError: false,
    forceCloseConnections: true,
  });
  await mountHttp(app);
  const server: Server = app.getHttpServer();
  const listening = await listen(server, env.HOLDPOINT_HOST, env.HOLDPOINT_PORT);
  stopOnSignal(app, listening, logger);
  logger.info({ url: env.HOLDPOINT_PUBLIC_URL, mode: env.HOLDPOINT_MODE }, 'the gateway is up');
}

/** Takes nothing new, lets what runs finish or save itself, and ends in any case. */
function stopOnSignal(app: NestExpressApplication, listening: Listening, logger: Logger): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) return;
    stopping = true;
    logger.info({ signal }, 'the gateway is stopping');
    setTimeout(() => process.exit(1), SHUTDOWN_MS).unref();
    listening.stop();
    // Before anything else ends: connectors dial another gateway while this one finishes its calls.
    app.get(ConnectorLinks).drain();
    app.close().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ error }, 'the gateway did not stop cleanly');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/** One clear sentence where a person can do something about it; the rest with its stack. */
function explain(error: unknown): string {
  if (error instanceof EnvironmentError || error instanceof ListenError) return error.message;
  if (isDatabaseUnavailable(error)) {
    return `The database at DATABASE_URL can’t be reached: ${error instanceof Error ? error.message : ''}`;
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

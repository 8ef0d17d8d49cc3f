import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { startMigrated } from './migrated-database.ts';

export interface GatewayContext {
  readonly databaseUrl: string;
  /** Another database on the same server; answers its URL. */
  createDatabase(name: string): Promise<string>;
  /** A gateway process's whole container, without its HTTP server. */
  open(): Promise<INestApplicationContext>;
  close(): Promise<void>;
}

/**
 * A real Postgres with the real schema, and as many gateway containers on it as a test opens.
 * `environment` comes on top of a plain one.
 */
export async function startGatewayContext(
  environment: Readonly<Record<string, string>> = {},
): Promise<GatewayContext> {
  const home = await mkdtemp(join(tmpdir(), 'holdpoint-int-'));
  const postgres = await startMigrated(home);
  const databaseUrl = postgres.url('holdpoint');
  Object.assign(process.env, {
    HOLDPOINT_PUBLIC_URL: 'http://localhost:4999',
    HOLDPOINT_PORT: '4999',
    DATABASE_URL: databaseUrl,
    // Nothing here is about a database that is slow, and machines are at times.
    HOLDPOINT_DATABASE_WAIT_MS: '60000',
    HOLDPOINT_MASTER_KEY: randomBytes(32).toString('base64'),
    HOLDPOINT_OIDC_ISSUER: 'http://localhost:4999/oidc',
    HOLDPOINT_OIDC_CLIENT_ID: 'console',
    HOLDPOINT_OIDC_CLIENT_SECRET: 'not-used-here',
    HOLDPOINT_CONSOLE_URL: 'http://127.0.0.1:4998',
    HOLDPOINT_ROLES:
      '{"reviewer":["reviewers"],"admin":["admins"],"auditor":["auditors"],"breakglass":["emergency"]}',
    HOLDPOINT_LOG_LEVEL: 'silent',
    ...environment,
  });
  const { AppModule } = await import('../app.module.ts');
  const opened: INestApplicationContext[] = [];
  return {
    databaseUrl,
    async createDatabase(name) {
      await postgres.createDatabase(name);
      return postgres.url(name);
    },
    async open() {
      const context = await NestFactory.createApplicationContext(AppModule, { logger: false });
      opened.push(context);
      return context;
    },
    async close() {
      await Promise.allSettled(opened.map((context) => context.close()));
      await postgres.stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}

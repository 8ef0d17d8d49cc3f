import { createHash, randomBytes } from 'node:crypto';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { z } from 'zod';
import { readJson, type Home } from './home.ts';

const stateSchema = z.object({ gateway: z.string() });

/** Where the connector of the demo stands, and what it fronts; the connection `files` leads there. */
const DEMO_SITE = 'this-machine';
const SERVER = 'files';

const FILES: Readonly<Record<string, string>> = {
  'README.md':
    '# Project files\n\nAgents read all of this. They write below `drafts/` right away; any other file is changed\nonly when a reviewer agrees.\n',
  'drafts/ideas.md': '# Ideas\n\n- A shorter checkout\n',
  'reports/2026-q3.md': '# Third quarter of 2026\n\nOrders: 4,812\nRefunds: 37\n',
};

/** What the demo's connector needs, made in the home. */
export interface DemoFiles {
  /** The folder that agents see. */
  readonly folder: string;
  readonly configFile: string;
  readonly stateFolder: string;
  /** A one-time token, where it isn't enrolled yet. */
  readonly token: string | undefined;
}

/** Makes the folder once: what agents wrote stays. */
export async function prepareDemoFiles(home: Home, publicUrl: string): Promise<DemoFiles> {
  const folder = join(home.path, 'files');
  const place = join(home.path, 'connector');
  const stateFolder = join(place, 'state');
  await mkdir(place, { recursive: true, mode: 0o700 });
  if (!(await exists(folder))) await fill(folder);
  const configFile = join(place, 'holdpoint-connector.yaml');
  // JSON is YAML. The program is named whole: nothing is looked up in PATH.
  await writeFile(configFile, `${JSON.stringify(configOf(folder), null, 2)}\n`, { mode: 0o600 });
  // On another port the gateway is another one to it: what it signs names the address that it dials.
  const state = stateSchema.safeParse(await readJson(join(stateFolder, 'connector.json')));
  const isEnrolled = state.data?.gateway === publicUrl;
  const token = isEnrolled ? undefined : `hpe_${randomBytes(32).toString('base64url')}`;
  return { folder, configFile, stateFolder, token };
}

/** What the gateway's seed reads about it. */
export function demoFilesSeed({ token }: DemoFiles) {
  return {
    site: DEMO_SITE,
    slug: 'files',
    title: 'Project files',
    url: `connector://${DEMO_SITE}/${SERVER}`,
    tokenHash: token === undefined ? null : createHash('sha256').update(token).digest('hex'),
  };
}

function configOf(folder: string) {
  const require = createRequire(import.meta.url);
  const program = require.resolve('@modelcontextprotocol/server-filesystem/dist/index.js');
  return {
    state: 'state',
    servers: { [SERVER]: { stdio: { command: process.execPath, args: [program, folder] } } },
  };
}

async function fill(folder: string): Promise<void> {
  for (const [path, content] of Object.entries(FILES)) {
    const file = join(folder, path);
    await mkdir(join(file, '..'), { recursive: true });
    await writeFile(file, content);
  }
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

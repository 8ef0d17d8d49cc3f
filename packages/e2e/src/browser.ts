import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';
import bundled, { inflate } from '@sparticuz/chromium';

/** What Playwright needs to start a browser. */
export interface BrowserLaunch {
  readonly executablePath: string;
  readonly args: string[];
  readonly env?: Record<string, string>;
}

/** As root there is no sandbox, and on a closed network every call home only costs time. */
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const SYSTEM_BROWSERS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/**
 * The browser for the tests: Playwright's own if it was installed, else one of the system, else the
 * one that comes inside an npm package, so that a fresh clone needs no download.
 */
export async function findBrowser(): Promise<BrowserLaunch> {
  const own = chromium.executablePath();
  const found = [own, ...SYSTEM_BROWSERS].find((path) => path !== '' && existsSync(path));
  return found === undefined ? bundledBrowser() : { executablePath: found, args: [...ARGS] };
}

/**
 * The package unpacks its system libraries (NSS, expat) only where it believes to be on a serverless
 * host. A bare Debian lacks them too, so they are unpacked here and put before the system's own.
 */
async function bundledBrowser(): Promise<BrowserLaunch> {
  const archives = fileURLToPath(new URL('../bin', import.meta.resolve('@sparticuz/chromium')));
  const executablePath = await bundled.executablePath(archives);
  const libraries = await inflate(join(archives, 'al2023.tar.br'));
  return {
    executablePath,
    args: [...ARGS, '--headless=shell', '--no-zygote', '--use-angle=swiftshader'],
    env: {
      ...definedEnvironment(),
      LD_LIBRARY_PATH: join(libraries, 'lib'),
      FONTCONFIG_PATH: process.env['FONTCONFIG_PATH'] ?? join(tmpdir(), 'fonts'),
    },
  };
}

function definedEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value] as const],
    ),
  );
}

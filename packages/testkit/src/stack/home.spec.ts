import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from './home-lock.ts';
import { openHome } from './home.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdpoint-home-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

describe('a home', () => {
  it('keeps its secrets, readable by their owner only', async () => {
    const first = await openHome(folder);
    await first.unlock();
    const second = await openHome(folder);
    await second.unlock();
    const { mode } = await stat(join(folder, 'secrets.json'));
    expect(second.secrets).toEqual(first.secrets);
    expect(mode & 0o777).toBe(0o600);
  });

  it('belongs to one stack at a time', async () => {
    const home = await openHome(folder);
    await expect(openHome(folder)).rejects.toMatchObject({ code: 'already_running' });
    await home.unlock();
  });

  it('is taken over when its holder is gone', async () => {
    const home = await openHome(folder);
    await home.unlock();
    await writeFile(join(folder, 'lock'), '999999 Thu Jan 1 00:00:00 1970');
    const next = await openHome(folder);
    await next.unlock();
    expect(next.secrets).toEqual(home.secrets);
  });

  it('starts clean on reset', async () => {
    const home = await openHome(folder);
    await home.unlock();
    const fresh = await openHome(folder, { reset: true });
    await fresh.unlock();
    expect(fresh.secrets.masterKey).not.toBe(home.secrets.masterKey);
  });

  // Guarantee: --reset never deletes a folder that is not ours.
  it('is refused in a folder that holds something else', async () => {
    await writeFile(join(folder, 'thesis.txt'), 'years of work');
    const opened = openHome(folder, { reset: true });
    await expect(opened).rejects.toMatchObject({ code: 'folder_not_ours' });
    expect(await readFile(join(folder, 'thesis.txt'), 'utf8')).toBe('years of work');
  });
});

it('a lock of a reused pid is stale', () => {
  expect(isAlive(`${process.pid} Thu Jan 1 00:00:00 1970`)).toBe(false);
});

// Guarantees that nobody else gets to read a connector's key, or to write which gateway it trusts.
import {
  chownSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConnectorState, loadState, makeKey, prepareState } from './state.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'holdpoint-state-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const made = () => ({
  ...{ gateway: 'https://gateway.example.com', connectorId: 'c', site: 's', name: 'n' },
  privateKey: makeKey().privateKey,
});
const save = (state: ConnectorState) => prepareState(folder).save(state);
const file = () => join(folder, 'connector.json');

describe('a key', () => {
  it('is written into no file that somebody has put there before', () => {
    const theirs = join(folder, 'theirs');
    writeFileSync(theirs, '');
    for (const name of [`.connector.json.${process.pid}`, 'connector.json'])
      symlinkSync(theirs, join(folder, name));
    const state = made();
    save(state);
    expect(readFileSync(theirs, 'utf8')).toBe('');
    expect(loadState(folder)).toEqual(state);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
  });

  it('leaves nothing else behind', () => {
    save(made());
    save(made());
    expect(readdirSync(folder)).toEqual(['connector.json']);
  });

  it('is not taken from a file of another user', () => {
    save(made());
    const other = 54_321;
    // Who is root may give it away; for anybody else it is enough to be another one.
    const isRoot = statSync(file()).uid === 0;
    if (isRoot) chownSync(file(), other, other);
    expect(() => loadState(folder, isRoot ? 0 : other)).toThrow('belongs to another user');
  });
});

// Guarantees that a log holds no secret and moves no terminal, and grows with nothing a server writes.
import type { LogBatch } from '@holdpoint/tunnel';
import { Secrets } from '../credentials/secrets.ts';
import { ConnectorLog } from './log.ts';

function open() {
  const secrets = new Secrets();
  const written: string[] = [];
  const log = new ConnectorLog(secrets, (line) => written.push(line));
  return { secrets, written, log };
}

describe('a log', () => {
  it('hides secrets and what steers a terminal, in every copy', () => {
    const { secrets, written, log } = open();
    secrets.add('the-password');
    const batches: LogBatch[] = [];
    log.connect((batch) => batches.push(batch) > 0);
    log.info('login with the-password\u001b[2J\r\nforged line\u202e', 'files');
    log.stop();
    for (const text of [written.join(''), JSON.stringify(batches), JSON.stringify(log.lines)]) {
      expect(text).toContain('login with [secret]');
      // eslint-disable-next-line no-control-regex
      expect(text.trimEnd()).not.toMatch(/the-password|[\u001b\u202e\r]|\nforged/);
    }
    expect(batches[0]?.lines).toMatchObject([{ level: 'info', server: 'files' }]);
  });

  it('hides a key of many lines in each of them, and no part of a longer secret', () => {
    const { secrets, written, log } = open();
    secrets.add('short');
    secrets.add('shorter-than-this-one');
    secrets.add('-----BEGIN KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ\n-----END KEY-----');
    log.info('MC4CAQAwBQYDK2VwBCIEIJ');
    log.info('shorter-than-this-one');
    expect(written.join('')).not.toMatch(/MC4CAQ|than-this/);
  });

  it('keeps and sends a bounded number of bounded lines, and says how many it left out', () => {
    const { log } = open();
    for (let i = 0; i < 5000; i += 1) log.info('x'.repeat(5000), 'files');
    expect(log.lines.length).toBeLessThanOrEqual(1000);
    expect(Math.max(...log.lines.map(({ text }) => text.length))).toBe(2000);
    const batches: LogBatch[] = [];
    log.connect((batch) => batches.push(batch) > 0);
    for (let i = 0; i < 300; i += 1) log.flush();
    log.stop();
    const sent = batches.reduce((sum, { lines }) => sum + lines.length, 0);
    const dropped = batches.reduce((sum, batch) => sum + batch.dropped, 0);
    expect(sent + dropped).toBe(5000);
    expect(sent).toBeLessThanOrEqual(200);
    for (const batch of batches) expect(JSON.stringify(batch).length).toBeLessThan(60_000);
  });

  it('keeps what it could not send', () => {
    const { log } = open();
    const batches: LogBatch[] = [];
    log.connect(() => false);
    log.warn('while nobody was there');
    log.flush();
    log.connect((batch) => batches.push(batch) > 0);
    log.stop();
    expect(batches.flatMap(({ lines }) => lines.map(({ text }) => text))).toEqual([
      'while nobody was there',
    ]);
  });
});

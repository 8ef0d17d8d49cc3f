import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CREDENTIAL } from '../testing/mcp-bench.ts';
import { EndpointFuzz } from '../testing/fuzz/fuzz-endpoint.ts';
import { startWatchfulUpstream } from '../testing/fuzz/watchful-upstream.ts';

const SEED = 20_260_728;
const CASES = 12_000;

describe('the endpoint', () => {
  let fuzz: EndpointFuzz;
  beforeAll(async () => {
    fuzz = await EndpointFuzz.start();
  });
  afterAll(() => fuzz.close(), 300_000);

  // Guarantee: no mutated frame crashes it, and nothing that policy holds or denies passes.
  it(`survives ${CASES} mutated frames, and passes on only what is allowed`, async () => {
    const { violations, passed, outcomes } = await fuzz.run(SEED, 0, CASES);
    expect(violations).toEqual([]);
    // Else the run would show only that broken frames are refused.
    expect(passed).toBeGreaterThan(CASES / 50);
    expect(Object.keys(outcomes)).toEqual(expect.arrayContaining(['200', '202', '400', 'held']));
  }, 600_000);
});

// The run above shows nothing unless this upstream notices what must not come.
describe('the watchful upstream', () => {
  const read = (params: string, rest = '') =>
    `{"jsonrpc":"2.0","id":1,"method":"tools/call"${rest},"params":${params}}`;

  it.each([
    ['a held tool', read('{"name":"write","arguments":{"safe":true}}')],
    ['denied arguments', read('{"name":"read","arguments":{"safe":false}}')],
    ['no arguments', read('{"name":"read"}')],
    ['a second tool', read('{"name":"read","name":"write","arguments":{"safe":true}}')],
    ['a second tool first', read('{"name":"write","name":"read","arguments":{"safe":true}}')],
    ['a second tool in another case', read('{"name":"read","NAME":"w","arguments":{"safe":true}}')],
    ['a tool by prototype', read('{"__proto__":{"name":"write"},"arguments":{"safe":true}}')],
    ['a tool cut at U+0000', read('{"name":"read","name\\u0000":"w","arguments":{"safe":true}}')],
    ['a tool behind a mark', read('{"name":"read","\ufeffname":"w","arguments":{"safe":true}}')],
    ['a second method', read('{}', ',"Method":"ping"')],
    ['a held method', '{"jsonrpc":"2.0","id":1,"method":"resources/read"}'],
    ['a reply', '{"jsonrpc":"2.0","id":1,"result":{}}'],
    ['a batch', '[]'],
  ])('notices %s', async (_description, body) => {
    expect(await violationsOf(body)).toBe(1);
  });

  it('lets pass what is allowed', async () => {
    expect(await violationsOf(read('{"name":"read","arguments":{"safe":true}}'))).toBe(0);
    expect(await violationsOf('{"jsonrpc":"2.0","method":"ping"}')).toBe(0);
  });
});

async function violationsOf(body: string): Promise<number> {
  const upstream = await startWatchfulUpstream();
  const headers = { 'user-agent': 'holdpoint', authorization: `Bearer ${CREDENTIAL}` };
  const asked = request(upstream.url, { method: 'POST', headers }).end(body);
  const [answer]: IncomingMessage[] = await once(asked, 'response');
  answer?.resume();
  await upstream.close();
  return upstream.violations.length;
}

import { inflateRawSync } from 'node:zlib';
import { z } from 'zod';
import { expect, test } from './world/fixtures.ts';
import { connectAgent, ERAS } from './world/stock-agent.ts';
import type { World } from './world/world.ts';

const frameSchema = z.object({
  id: z.string(),
  encoding: z.string(),
  sealed: z.boolean(),
  bytes: z.instanceof(Buffer),
});
const rowsSchema = z.object({ rows: z.array(z.record(z.string(), z.unknown())) });

for (const era of ERAS) {
  // Guarantee: personal data leaves neither in the structured answer nor in its text twin.
  test(`a ${era} client reads every customer, and no personal data`, async ({ world }) => {
    const agent = await connectAgent(world, era);
    // Having listed the tools, a stock client checks answers against their output schema.
    await agent.listTools();
    const answer = await agent.call('query', { sql: 'SELECT * FROM customers ORDER BY id' });
    expect(answer.isError).toBe(false);
    const { rows } = rowsSchema.parse(answer.structured);
    expect(rows.length).toBeGreaterThan(50);
    expect(rows[0]).toMatchObject({ id: 1, name: 'Amara Okafor' });
    expect(rows[0]).not.toHaveProperty('salary');

    const both = `${answer.text}\n${JSON.stringify(answer.structured)}`;
    for (const value of await world.production.personalData()) expect(both).not.toContain(value);
    expect(both).not.toContain('@example.com');
    // A value in both twins reads the same.
    expect(JSON.parse(answer.text)).toEqual(answer.structured);
    await agent.close();
  });
}

test('an error text is masked as well', async ({ world }) => {
  const agent = await connectAgent(world, 'modern');
  const answer = await agent.call('query', {
    sql: "SELECT CAST('amara.okafor@example.com' AS integer)",
  });
  expect(answer.isError).toBe(true);
  expect(answer.text).toContain('invalid input syntax');
  expect(answer.text).not.toContain('amara.okafor@example.com');
  await agent.close();
});

// Guarantee: answers are stored in their masked form only, requests sealed.
test('no stored frame holds personal data in the clear', async ({ world }) => {
  const agent = await connectAgent(world, 'legacy');
  await agent.call('query', { sql: 'SELECT email, phone, ssn, card_number FROM customers' });
  await agent.close();
  const secrets = await world.production.personalData();
  const frames = await readableFrames(world);
  expect(frames.length).toBeGreaterThan(0);
  const { rows } = await world.ledger.query<{ content: string }>('select content from entry');
  const stored = [...frames, ...rows.map((row) => row.content)].join('\n');
  expect(secrets.filter((value) => stored.includes(value))).toEqual([]);
});

test('requests are stored sealed', async ({ world }) => {
  const { rows } = await world.ledger.query<{ n: number }>(
    `select count(*)::int as n from frame where edge = 'agent-to-gateway' and not sealed`,
  );
  expect(rows).toEqual([{ n: 0 }]);
});

async function readableFrames(world: World): Promise<readonly string[]> {
  const { rows } = await world.ledger.query(
    'select id, encoding, sealed, bytes from frame where not sealed',
  );
  return z
    .array(frameSchema)
    .parse(rows)
    .map(({ encoding, bytes }) =>
      (encoding === 'deflate-raw' ? inflateRawSync(bytes) : bytes).toString('utf8'),
    );
}

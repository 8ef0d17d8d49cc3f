import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { GatewayError } from './gateway.error.ts';
import { ZodPipe } from './zod.pipe.ts';

const schema = z.object({ note: z.string(), items: z.array(z.object({ name: z.string() })) });
const withNul = { note: 'fine', items: [{ name: 'fine' }, { name: 'a\0b' }] };

describe('ZodPipe', () => {
  it('names the field whose text holds a NUL, which Postgres can’t store', () => {
    expect(refusal(() => new ZodPipe(schema).transform(withNul))).toMatchObject({
      code: 'invalid_input',
      message: 'The input doesn’t fit. items.1.name: Without NUL characters.',
    });
  });

  it('lets it through where the text is only looked at', () => {
    expect(new ZodPipe(schema, { withNul: true }).transform(withNul)).toEqual(withNul);
  });

  it('bears any nesting', () => {
    let nested: unknown = 'a\0b';
    for (let depth = 0; depth < 100_000; depth += 1) nested = [nested];
    expect(refusal(() => new ZodPipe(z.unknown()).transform(nested))).toMatchObject({
      code: 'invalid_input',
    });
  });
});

function refusal(act: () => unknown): GatewayError {
  try {
    act();
  } catch (error) {
    if (error instanceof GatewayError) return error;
  }
  throw new Error('It was not refused.');
}

import { describe, expect, it } from '@jest/globals';
import { ForbiddenException, NotFoundException, PayloadTooLargeException } from '@nestjs/common';
import { z } from 'zod';
import { toGatewayError } from './error.filter.ts';
import { GatewayError } from './gateway.error.ts';
import { UuidPipe, ZodPipe } from './zod.pipe.ts';

const withCode = (code: string) => Object.assign(new Error('secret detail'), { code });

describe('what was thrown', () => {
  it.each([
    ['a refusal', new GatewayError('stale_version', 'x'), 'stale_version'],
    ['an unknown route', new NotFoundException(), 'not_found'],
    ['a guard of Nest', new ForbiddenException(), 'forbidden'],
    ['a large body', new PayloadTooLargeException(), 'body_too_large'],
    ['a parser', Object.assign(new Error('x'), { status: 400, expose: true }), 'invalid_input'],
    ['a status that isn’t HTTP’s', Object.assign(new Error('x'), { status: 404 }), 'internal'],
    ['a database that is away', withCode('ECONNREFUSED'), 'database_unavailable'],
    ['a database that stops', withCode('57P01'), 'database_unavailable'],
    [
      'a database behind a cause',
      new Error('x', { cause: withCode('08006') }),
      'database_unavailable',
    ],
    [
      'both loopbacks refused',
      new AggregateError([withCode('ECONNREFUSED')]),
      'database_unavailable',
    ],
    ['a broken constraint', withCode('23505'), 'internal'],
    ['a string', 'boom', 'internal'],
    ['nothing', undefined, 'internal'],
  ])('%s', (_description, thrown, code) => {
    const error = toGatewayError(thrown);
    expect(error.code).toBe(code);
    expect(error.message).not.toContain('secret');
  });
});

describe('input', () => {
  const pipe = new ZodPipe(z.object({ name: z.string('A text.'), step: z.object({ n: z.int() }) }));

  it('that fits is parsed', () => {
    expect(pipe.transform({ name: 'x', step: { n: 1 }, more: 1 })).toEqual({
      name: 'x',
      step: { n: 1 },
    });
  });

  it('that doesn’t is named field by field', () => {
    expect(() => pipe.transform({ name: 1, step: { n: 'x' } })).toThrow(
      expect.objectContaining({
        code: 'invalid_input',
        fields: { name: 'A text.', 'step.n': expect.any(String) },
      }),
    );
  });

  it('that is no id names nothing', () => {
    expect(() => new UuidPipe().transform("' or 1=1")).toThrow(
      expect.objectContaining({ code: 'not_found' }),
    );
  });
});

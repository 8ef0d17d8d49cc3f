import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { HttpException } from '@nestjs/common';
import type { Request, Response } from 'express';
import { jsonBody } from './json-body.ts';

const LOST = 'lost';

type Headers = Readonly<Record<string, string>>;

/** `LOST` is where the connection is lost. */
function* piecesOf(pieces: readonly string[]): Generator<Buffer, void> {
  for (const piece of pieces) {
    if (piece === LOST) throw new Error('aborted');
    yield Buffer.from(piece);
  }
}

/** What becomes of a request: its body, or the status of its refusal. */
function read(pieces: readonly string[], headers: Headers = {}): Promise<unknown> {
  const type = headers['content-type'] ?? 'application/json';
  const stream = Readable.from(piecesOf(pieces));
  const request = Object.assign(stream, {
    headers,
    is: (asked: string) => (type === asked ? asked : false),
  }) as unknown as Request;
  return new Promise((resolve) => {
    jsonBody(20)(request, {} as Response, (error?: unknown) => {
      resolve(error instanceof HttpException ? error.getStatus() : (error ?? request.body));
    });
  });
}

describe('jsonBody', () => {
  it.each<[string, readonly string[], Headers, unknown]>([
    ['a body in pieces', [...'{"a":"bü"}'], {}, { a: 'bü' }],
    ['a byte order mark', ['\ufeff{"a":1}'], {}, { a: 1 }],
    ['nothing', [], {}, {}],
    ['another type', ['a=1'], { 'content-type': 'text/plain' }, undefined],
    ['broken JSON', ['{"a":'], {}, 400],
    ['half of it', ['{"a":', LOST], {}, 400],
    ['more than it takes', Array(21).fill('1'), {}, 413],
    ['what says that it is more', ['1'], { 'content-length': '21' }, 413],
    ['what is packed', ['1'], { 'content-encoding': 'gzip' }, 415],
  ])('%s', async (_what, pieces, headers, expected) => {
    expect(await read(pieces, headers)).toEqual(expected);
  });
});

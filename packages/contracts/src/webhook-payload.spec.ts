import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { callbackPayloadJsonSchema } from './callbacks.ts';
import { webhookPayloadJsonSchema } from './webhook-payload.ts';

const published = (name: string): unknown =>
  JSON.parse(
    readFileSync(new URL(`../../../docs/${name}.v1.schema.json`, import.meta.url), 'utf8'),
  );
const asJson = (schema: object): unknown => JSON.parse(JSON.stringify(schema));

// Receivers are written against the files: they change only together with what is sent and taken.
describe('the schema of webhook messages', () => {
  it('is published as it is', () => {
    expect(published('webhook-payload')).toEqual(asJson(webhookPayloadJsonSchema()));
  });

  it('accepts members that a later version adds', () => {
    expect(JSON.stringify(webhookPayloadJsonSchema())).not.toContain(
      '"additionalProperties":false',
    );
  });
});

describe('the schema of what comes back', () => {
  it('is published as it is', () => {
    expect(published('callback-payload')).toEqual(asJson(callbackPayloadJsonSchema()));
  });
});

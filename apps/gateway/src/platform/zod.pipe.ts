import { Injectable, type PipeTransform } from '@nestjs/common';
import { z } from 'zod';
import { GatewayError } from './gateway.error.ts';

const uuidSchema = z.uuid();

/** `@Body(new ZodPipe(schema))`: parses at the boundary; what doesn't fit is named field by field. */
@Injectable()
export class ZodPipe<Schema extends z.ZodType> implements PipeTransform<unknown, z.output<Schema>> {
  constructor(private readonly schema: Schema) {}

  transform(value: unknown): z.output<Schema> {
    const parsed = this.schema.safeParse(value);
    if (parsed.success) return parsed.data;
    const fields: Record<string, string> = {};
    // The first message of each field: it is the one a person can act on.
    for (const { path, message } of parsed.error.issues) fields[path.join('.')] ??= message;
    throw new GatewayError('invalid_input', describe(fields), { fields });
  }
}

function describe(fields: Readonly<Record<string, string>>): string {
  const parts = Object.entries(fields).map(([name, text]) =>
    name === '' ? text : `${name}: ${text}`,
  );
  return `The input doesn’t fit. ${parts.join(' ')}`;
}

/** `@Param('id', UuidPipe)`: what is no UUID names nothing, and must not reach a query. */
@Injectable()
export class UuidPipe implements PipeTransform<unknown, string> {
  transform(value: unknown): string {
    const parsed = uuidSchema.safeParse(value);
    if (!parsed.success) throw new GatewayError('not_found', 'There is nothing with this id.');
    return parsed.data;
  }
}

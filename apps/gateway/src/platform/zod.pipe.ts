import { Injectable, type PipeTransform } from '@nestjs/common';
import { z } from 'zod';
import { GatewayError } from './gateway.error.ts';

const uuidSchema = z.uuid();

/**
 * `@Body(new ZodPipe(schema))`: parses at the boundary; what doesn't fit is named field by field. So
 * is a text with a NUL, which Postgres can't hold; `withNul` for what is only looked at, never stored.
 */
@Injectable()
export class ZodPipe<Schema extends z.ZodType> implements PipeTransform<unknown, z.output<Schema>> {
  constructor(
    private readonly schema: Schema,
    private readonly options: { readonly withNul?: boolean } = {},
  ) {}

  transform(value: unknown): z.output<Schema> {
    const parsed = this.schema.safeParse(value);
    if (parsed.success) {
      const field = this.options.withNul === true ? null : fieldWithNul(parsed.data);
      if (field === null) return parsed.data;
      const fields = { [field]: 'Without NUL characters.' };
      throw new GatewayError('invalid_input', describe(fields), { fields });
    }
    const fields: Record<string, string> = {};
    // The first message of each field: it is the one a person can act on.
    for (const { path, message } of parsed.error.issues) fields[path.join('.')] ??= message;
    throw new GatewayError('invalid_input', describe(fields), { fields });
  }
}

/** The path of the first text with a NUL; without recursion, since the nesting is the sender's. */
function fieldWithNul(value: unknown): string | null {
  const open: { path: string; value: unknown }[] = [{ path: '', value }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next.value === 'string' && next.value.includes('\0')) return next.path;
    if (typeof next.value !== 'object' || next.value === null) continue;
    for (const [key, member] of Object.entries(next.value)) {
      open.push({ path: next.path === '' ? key : `${next.path}.${key}`, value: member });
    }
  }
  return null;
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

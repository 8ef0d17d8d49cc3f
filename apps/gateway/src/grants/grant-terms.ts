import { freedomText, type GrantShape } from '@holdpoint/approval';
import type { GrantTerms } from '@holdpoint/contracts';
import type { GrantRow } from './grant.sql.ts';

/** What a grant is for, in words; `null` for the shape where the reader may not open arguments. */
export function termsOf(
  { usesAllowed: uses, minutes }: Pick<GrantRow, 'usesAllowed' | 'minutes'>,
  shape: GrantShape | null,
): GrantTerms {
  if (shape === null) return { fixed: null, free: null, uses, minutes };
  return {
    fixed: Object.entries(shape.fixed).map(([name, text]) => ({ name, text })),
    free: Object.entries(shape.free).map(([name, freedom]) => freedomText(name, freedom)),
    uses,
    minutes,
  };
}

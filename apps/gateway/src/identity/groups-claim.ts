import { z } from 'zod';

const MAX_GROUPS = 500;
const groupsSchema = z.array(z.string().min(1).max(256)).max(MAX_GROUPS);
const overageSchema = z.looseObject({ _claim_names: z.record(z.string(), z.unknown()) });

/**
 * The groups of a token or of userinfo; `undefined` when they can't be known in full. Never a part
 * of them: a rule may deny a group, so losing one would open a door.
 */
export function readGroups(
  claims: Readonly<Record<string, unknown>>,
  claim: string,
): readonly string[] | undefined {
  const value = claims[claim];
  if (value === undefined || value === null) {
    // "Too many groups": some providers put a pointer there instead of the list.
    const overage = overageSchema.safeParse(claims);
    return overage.success && Object.hasOwn(overage.data._claim_names, claim) ? undefined : [];
  }
  const parsed = groupsSchema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

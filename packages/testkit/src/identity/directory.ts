import { createHash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

/** A demo person, as the identity provider knows it. */
export const personSchema = z.object({
  /** The stable subject; never the e-mail address. */
  sub: z.string(),
  name: z.string(),
  email: z.string(),
  groups: z.array(z.string()),
  password: z.string(),
});
export type Person = z.infer<typeof personSchema>;

/** A demo service identity that signs in by client credentials. */
export const agentSchema = z.object({
  clientId: z.string(),
  clientSecret: z.string(),
  groups: z.array(z.string()),
});
export type Agent = z.infer<typeof agentSchema>;

/** Looks a person up by address and password, comparing in constant time. */
export function findByPassword(
  people: readonly Person[],
  email: string,
  password: string,
): Person | undefined {
  const wanted = email.trim().toLowerCase();
  const person = people.find((each) => each.email === wanted);
  // An unknown address costs the same comparison as a wrong password.
  const matches = timingSafeEqual(digest(password.trim()), digest(person?.password ?? ''));
  return person !== undefined && matches ? person : undefined;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

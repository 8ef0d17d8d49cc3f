/** What is new since the last look, and what is known from then on. The first look makes nothing new. */
export function newcomers(
  known: ReadonlySet<string> | null,
  now: readonly string[],
): { readonly fresh: readonly string[]; readonly known: ReadonlySet<string> } {
  if (known === null) return { fresh: [], known: new Set(now) };
  const fresh = now.filter((id) => !known.has(id));
  // What left stays known: a call that goes to another step and comes back was told of already.
  return { fresh, known: fresh.length === 0 ? known : new Set([...known, ...fresh]) };
}

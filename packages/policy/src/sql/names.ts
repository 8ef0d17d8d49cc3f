/** An element that isn't a plain string becomes `?`, which is on no allow-list. */
export function nameParts(nodes: unknown): string[] {
  return Array.isArray(nodes) ? nodes.map((node: unknown) => stringValue(node) ?? '?') : [];
}

export function stringValue(node: unknown): string | undefined {
  const body = isRecord(node) ? node['String'] : undefined;
  if (!isRecord(body)) return undefined;
  return typeof body['sval'] === 'string' ? body['sval'] : undefined;
}

export function withoutCatalogue(parts: readonly string[]): readonly string[] {
  return parts.length > 1 && parts[0] === 'pg_catalog' ? parts.slice(1) : parts;
}

/** Narrows a node of a parse tree. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Whether a hint of the topic `policies` can speak of a version in force; `null` is a gap in the hints.
 * Drafts and proposals share the topic and change nothing that is in force: saving is frequent.
 */
export function mayBeVersion(id: string | null): boolean {
  return id === null || /^\d+$/.test(id);
}

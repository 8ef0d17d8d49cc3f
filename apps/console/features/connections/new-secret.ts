// The secret of a just registered connection, on its way from the form to that connection's page.
// In memory only, until the person says it is kept.
const fresh = new Map<string, string>();

export function keepNewSecret(connectionId: string, secret: string): void {
  fresh.set(connectionId, secret);
}

export function newSecretOf(connectionId: string): string | null {
  return fresh.get(connectionId) ?? null;
}

export function forgetNewSecret(connectionId: string): void {
  fresh.delete(connectionId);
}

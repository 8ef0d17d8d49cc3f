import type { Hint, Role } from '@holdpoint/contracts';

/** Who hears of what; the same roles that may read it. */
const LISTENERS: Readonly<Record<Hint['topic'], readonly Role[]>> = {
  approvals: ['reviewer', 'admin', 'auditor'],
  sessions: ['reviewer', 'admin', 'auditor'],
  connections: ['reviewer', 'admin', 'auditor'],
  policies: ['reviewer', 'admin', 'auditor'],
  audit: ['admin', 'auditor'],
};

export function mayHear(role: Role, topic: Hint['topic']): boolean {
  return LISTENERS[topic].includes(role);
}

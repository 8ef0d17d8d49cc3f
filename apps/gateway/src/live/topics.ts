import { roleSchema, type Hint, type Role } from '@holdpoint/contracts';

/** Who hears of what; the same roles that may read it. */
const LISTENERS: Readonly<Record<Hint['topic'], readonly Role[]>> = {
  approvals: roleSchema.options,
  sessions: roleSchema.options,
  connections: roleSchema.options,
  policies: roleSchema.options,
  audit: ['admin', 'auditor'],
  freezes: roleSchema.options,
  grants: roleSchema.options,
  people: ['admin'],
  connectors: ['admin', 'auditor'],
};

export function mayHear(role: Role, topic: Hint['topic']): boolean {
  return LISTENERS[topic].includes(role);
}

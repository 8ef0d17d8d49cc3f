import type { JiraChange } from './jira-reader.ts';

/** What a ticket is found by whose making was interrupted. */
export const labelOf = (reference: string) => `holdpoint-${reference}`;

/** Whether somebody put it on a ticket: one that a ticket was made with is in no history. */
export function isLabelledLater(changes: readonly JiraChange[], label: string): boolean {
  return changes.some(({ items }) =>
    items.some(
      ({ field, fromName, toName }) =>
        field === 'labels' &&
        toName.split(' ').includes(label) &&
        !fromName.split(' ').includes(label),
    ),
  );
}

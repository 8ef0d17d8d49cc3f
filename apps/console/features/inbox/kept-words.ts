/** What somebody had typed into a form of an approval. */
export interface Words {
  readonly form: 'deny' | 'break-glass' | 'edit';
  readonly text: string;
}

const nameOf = (approvalId: string) => `holdpoint-words:${approvalId}`;

/** Keeps typed words over a sign-in, in this tab alone. */
export function keepWords(approvalId: string, words: Words): void {
  try {
    sessionStorage.setItem(nameOf(approvalId), JSON.stringify(words));
  } catch {
    // A browser that stores nothing loses the words, and nothing else.
  }
}

/** The words that were kept for this form, once. */
export function takeWords(approvalId: string, form: Words['form']): string | null {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(nameOf(approvalId)) ?? 'null');
    if (!isWords(kept) || kept.form !== form) return null;
    sessionStorage.removeItem(nameOf(approvalId));
    return kept.text;
  } catch {
    return null;
  }
}

function isWords(value: unknown): value is Words {
  if (typeof value !== 'object' || value === null) return false;
  const { form, text } = { form: undefined, text: undefined, ...value };
  return (form === 'deny' || form === 'break-glass' || form === 'edit') && typeof text === 'string';
}

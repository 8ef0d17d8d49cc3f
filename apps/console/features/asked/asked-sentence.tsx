import type { AskedItem } from '@holdpoint/contracts';
import { ApprovalSentence } from '../inbox/approval-sentence.tsx';

export function AskedSentence({ of, short = false }: { of: AskedItem; short?: boolean }) {
  const { slug, title } = of.connection;
  // Only what the sentence shows; an owner needn't be told that the agent is theirs.
  const subject = { ...of, owner: null, connection: { id: '', slug, title } };
  return <ApprovalSentence of={subject} short={short} />;
}

import type { Metadata } from 'next';
import { PolicyEditorPage } from '../../../../features/policies/policy-editor.tsx';

export const metadata: Metadata = { title: 'Edit the policy' };

export default function EditPolicyPage() {
  return <PolicyEditorPage />;
}

import type { Metadata } from 'next';
import { ServiceIdentities } from '../../../../features/settings/service-identities.tsx';

export const metadata: Metadata = { title: 'Service identities' };

export default function ServiceIdentitiesPage() {
  return <ServiceIdentities />;
}

'use client';

import { useRouter } from 'next/navigation';
import { useSWRConfig } from 'swr';
import { Page } from '../../ui/page.tsx';
import { ConnectionForm } from './connection-form.tsx';
import { keepNewSecret } from './new-secret.ts';

export function NewConnection() {
  const router = useRouter();
  const { mutate } = useSWRConfig();
  return (
    <Page
      title="Register a connection"
      intro="The gateway holds its credential; agents get an endpoint of the gateway’s."
    >
      <ConnectionForm
        connection={null}
        onSaved={({ connection, webhookSecret }) => {
          if (webhookSecret !== null) keepNewSecret(connection.id, webhookSecret);
          void mutate('/api/connections');
          router.push(`/connections/${encodeURIComponent(connection.id)}`);
        }}
      />
    </Page>
  );
}

import { z } from 'zod';
import { listenOnLoopback } from '../process/loopback-server.ts';
import { runProcessEntry } from '../process/process-entry.ts';
import { createIdentityProvider, identityProviderOptionsSchema } from './identity-provider.ts';

const configSchema = identityProviderOptionsSchema.extend({ port: z.int().default(0) });

runProcessEntry(configSchema, async (config) => {
  const provider = await createIdentityProvider(config);
  const listening = await listenOnLoopback(config.port, (req, res) => {
    provider.handler(req, res).catch((error: unknown) => {
      console.error(error);
      if (!res.headersSent) res.writeHead(500);
      res.end();
    });
  });
  return {
    details: { port: listening.port },
    async stop() {
      await listening.close();
      await provider.close();
    },
  };
});

import { z } from 'zod';
import { assertPortFree, findFreePort } from '../process/free-port.ts';
import { readJson, writePrivateJson } from './home.ts';

const portsSchema = z.object({
  database: z.int(),
  identityProvider: z.int(),
  demoUpstream: z.int(),
  console: z.int(),
});
export type Ports = z.infer<typeof portsSchema>;

/** Inner ports are chosen once per home and kept while they are free, so that addresses stay. */
export async function choosePorts(file: string): Promise<Ports> {
  const kept = portsSchema.safeParse(await readJson(file).catch(() => undefined));
  const ports = {
    database: await keepOrFind(kept.data?.database),
    identityProvider: await keepOrFind(kept.data?.identityProvider),
    demoUpstream: await keepOrFind(kept.data?.demoUpstream),
    console: await keepOrFind(kept.data?.console),
  };
  await writePrivateJson(file, ports);
  return ports;
}

async function keepOrFind(port: number | undefined): Promise<number> {
  if (port === undefined) return findFreePort();
  return assertPortFree(port).then(
    () => port,
    () => findFreePort(),
  );
}

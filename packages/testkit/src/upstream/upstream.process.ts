import { runProcessEntry } from '../process/process-entry.ts';
import { demoUpstreamOptionsSchema, startDemoUpstream } from './demo-upstream.ts';

runProcessEntry(demoUpstreamOptionsSchema, async (options) => {
  const upstream = await startDemoUpstream(options);
  return { details: { port: upstream.port, url: upstream.url }, stop: () => upstream.close() };
});

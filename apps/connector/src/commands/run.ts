import type { Config } from '../config/config.ts';
import type { ConnectorState } from '../config/state.ts';
import { Connector } from '../connector.ts';

/** Exit code of a connector that no restart helps: the service unit knows it. */
const REVOKED_EXIT = 78;

/** Runs until a signal, or until the gateway has revoked this connector. @returns the exit code */
export async function runConnector(facts: {
  readonly config: Config;
  readonly state: ConnectorState;
  readonly version: string;
}): Promise<number> {
  const connector = new Connector({
    ...facts,
    env: process.env,
    write: (line) => void process.stderr.write(line),
  });
  // Who read the log has gone: no reason to break calls off.
  process.stderr.on('error', () => undefined);
  return new Promise((resolve) => {
    let isStopping = false;
    // Nothing else need keep the process alive while it waits for its gateway.
    const alive = setInterval(() => undefined, 60_000);
    const end = (work: Promise<void>, code: number) => {
      void work.finally(() => {
        clearInterval(alive);
        resolve(code);
      });
    };
    const onSignal = () => {
      if (isStopping) void connector.stop();
      else end(connector.drain(), 0);
      isStopping = true;
    };
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, onSignal);
    connector.start({
      revoked: (error) => {
        connector.log.error(error.message);
        isStopping = true;
        end(connector.stop(), REVOKED_EXIT);
      },
    });
  });
}

import { pino, type Logger } from 'pino';

export type { Logger };

/** Structured logs on stdout. Nothing here may carry a credential, a token or an argument of a call. */
export function createLogger(level: string): Logger {
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: ['*.authorization', '*.cookie', '*.token', '*.secret', '*.password'],
      censor: '[redacted]',
    },
  });
}

import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { createFixtureServer } from './fixture-server.ts';

// The conformance fixture on standard input and output: its opening exchange says which era it is.
serveStdio(({ era }) => createFixtureServer(era));

export { TestkitError, type TestkitErrorCode } from './testkit.error.ts';
export {
  startPostgres,
  type EmbeddedDatabase,
  type StartPostgresOptions,
} from './postgres/start-postgres.ts';
export {
  createIdentityProvider,
  type IdentityProvider,
  type IdentityProviderOptions,
} from './identity/identity-provider.ts';
export { CLI_CLIENT_ID } from './identity/clients.ts';
export {
  startDemoUpstream,
  type DemoUpstream,
  type DemoUpstreamOptions,
} from './upstream/demo-upstream.ts';
export {
  conformanceFixtureCommand,
  startConformanceFixture,
  type ConformanceFixture,
} from './conformance/conformance-fixture.ts';
export type { Fault } from './upstream/demo-server.ts';
export { assertPortFree, findFreePort } from './process/free-port.ts';
export { unexpectedExit, type ProcessExit } from './process/managed-process.ts';
export {
  refuseProduction,
  startStack,
  type SecondGateway,
  type Stack,
  type StartStackOptions,
} from './stack/stack.ts';
export {
  signedBySlack,
  SLACK_DOUBLE,
  slackButtons,
  slackPress,
  slackReason,
  startSlackDouble,
  type SlackButtonShown,
  type SlackCall,
  type SlackDouble,
} from './slack/slack-double.ts';
export { readStarted, type Started } from './stack/started.ts';
export { lockHome } from './stack/home-lock.ts';
export {
  SoftwareAuthenticator,
  type AskedOf,
  type AssertionJson,
  type PasskeyAlgorithm,
  type RegistrationJson,
} from './webauthn/software-authenticator.ts';
export {
  startPushService,
  type Pushed,
  type PushService,
  type TestBrowser,
} from './push-service.ts';

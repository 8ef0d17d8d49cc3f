/** Between gateways of one installation. */
export const RELAY_PATH = '/connector/relay';
export const PASS_HEADER = 'x-holdpoint-relay-pass';
/** The status that the server behind the connector gave; there only with an answer of that server. */
export const STATUS_HEADER = 'x-holdpoint-relay-status';
/** There where it is certain that nothing left: a MAC of the installation over the pass's nonce, so that
 * nobody on the way can say so, and have a call run twice. */
export const UNSENT_HEADER = 'x-holdpoint-relay-unsent';

/** Injection tokens of what has no class of its own. */
export const ENVIRONMENT = Symbol('environment');
export const LOGGER = Symbol('logger');

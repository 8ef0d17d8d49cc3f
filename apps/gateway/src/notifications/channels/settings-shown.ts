import type { ChannelConfig, RestRequest } from '@holdpoint/contracts';
import { originOf } from '../../connections/origin-of.ts';

/** Settings without the parts of addresses, and of templates, that may hold a secret. */
export function settingsShown(config: ChannelConfig): ChannelConfig {
  switch (config.kind) {
    case 'webhook':
      return { ...config, url: originOf(config.url) };
    case 'rest':
      return {
        ...config,
        create: requestShown(config.create),
        comment: config.comment && requestShown(config.comment),
        transition: config.transition && requestShown(config.transition),
      };
    case 'email':
    case 'slack':
    case 'teams':
    case 'push':
    case 'jira':
      return config;
    default:
      return config satisfies never;
  }
}

function requestShown({ method, url }: RestRequest): RestRequest {
  return { method, url: new URL(url.replaceAll(/[{}]/g, '')).origin, body: '""' };
}

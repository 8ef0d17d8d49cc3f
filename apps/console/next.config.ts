import path from 'node:path';
import type { NextConfig } from 'next';

const repositoryRoot = path.join(import.meta.dirname, '../..');

const config: NextConfig = {
  output: 'standalone',
  outputFileTracingRoot: repositoryRoot,
  poweredByHeader: false,
  reactStrictMode: true,
  devIndicators: false,
  transpilePackages: ['@holdpoint/contracts', '@holdpoint/mcp', '@holdpoint/policy'],
  turbopack: {
    root: repositoryRoot,
    // The sources themselves: a build of the console needs no build of the packages before it.
    resolveAlias: {
      '@holdpoint/contracts': '../../packages/contracts/src/index.ts',
      '@holdpoint/mcp': '../../packages/mcp/src/index.ts',
      '@holdpoint/policy/edit': '../../packages/policy/src/edit/index.ts',
    },
  },
  // Types are checked by `npm run check`; a quick start should not pay for them again.
  typescript: { ignoreBuildErrors: true },
};

export default config;

/** The arrows of the architecture. A wrong import fails the build. */
const PURE = '^packages/(contracts|mcp|policy|approval|masking|audit-log|tunnel)/';

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      comment: 'A cycle means two files are one thing, or a third is missing.',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'pure-packages-know-no-framework',
      severity: 'error',
      comment: 'They run in a browser too: no Nest, no Prisma, no database.',
      from: { path: PURE },
      to: { path: 'node_modules/(@nestjs|@prisma|prisma|pg|express|next|react|socket\\.io)' },
    },
    {
      name: 'pure-packages-use-no-node-modules',
      severity: 'error',
      comment:
        'Time, ids, keys and files come as arguments. A command-line face may touch the machine.',
      from: { path: PURE, pathNot: '(\\.spec\\.ts$|/cli[^/]*\\.ts$|/cli/|/bin/|/testing/)' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'pure-packages-do-not-know-the-apps',
      severity: 'error',
      from: { path: '^packages/(contracts|mcp|policy|approval|masking|audit-log|tunnel)/' },
      to: { path: '^(apps|packages/(testkit|launcher|bench|e2e))/' },
    },
    {
      name: 'connector-knows-only-the-tunnel-and-the-frames',
      severity: 'error',
      comment: 'It runs far from the gateway, and holds none of its code, rules or keys.',
      from: { path: '^apps/connector/' },
      to: { path: '^(apps/(gateway|console)|packages/(?!tunnel/|mcp/))' },
    },
    {
      name: 'console-knows-only-contracts-and-pure-packages',
      severity: 'error',
      from: { path: '^apps/console/' },
      to: { path: '^(apps/(gateway|connector)|packages/(testkit|launcher|bench|e2e))/' },
    },
    {
      name: 'product-does-not-know-its-tests',
      severity: 'error',
      from: { path: '^apps/', pathNot: '\\.spec\\.tsx?$|/testing/' },
      to: { path: '^packages/(testkit|launcher|bench|e2e)/' },
    },
    {
      name: 'prisma-types-stop-at-the-repositories',
      severity: 'error',
      from: {
        path: '^apps/gateway/src/',
        pathNot: '(\\.repository\\.ts$|^apps/gateway/src/platform/|\\.spec\\.ts$)',
      },
      to: { path: 'platform/prisma/generated' },
    },
    {
      name: 'the-data-path-is-no-controller',
      severity: 'error',
      comment: 'One call reads top to bottom in call.pipeline.ts; Nest only owns the objects.',
      from: { path: '^apps/gateway/src/mcp/' },
      to: { path: '\\.(controller|guard|filter|interceptor)\\.ts$' },
    },
    {
      name: 'only-the-outgoing-edge-sends-http',
      severity: 'error',
      comment: 'Every address that an admin can enter goes through the guarded function.',
      from: {
        path: '^apps/gateway/src/',
        pathNot: '(connections/http-outgoing\\.ts$|\\.spec\\.ts$|/testing/)',
      },
      to: { path: 'node_modules/(undici|axios|got|node-fetch)/' },
    },
    {
      name: 'no-orphans-in-production',
      severity: 'error',
      from: { path: '^apps/gateway/src/', pathNot: '\\.spec\\.ts$' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|\\.next|generated|\\.turbo|test-results)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['holdpoint-source', 'import', 'node', 'default', 'types'],
    },
  },
};

// One place for all tiers: *.spec.ts needs nothing, *.int.spec.ts a real Postgres, *.long.spec.ts time.
const swc = [
  '@swc/jest',
  {
    jsc: {
      parser: { syntax: 'typescript', decorators: true, tsx: true },
      transform: {
        legacyDecorator: true,
        decoratorMetadata: true,
        react: { runtime: 'automatic' },
      },
      target: 'es2024',
    },
    module: { type: 'es6' },
  },
];

const shared = {
  rootDir: import.meta.dirname,
  roots: ['<rootDir>/apps', '<rootDir>/packages'],
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['holdpoint-source', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: ['.ts', '.tsx'],
  transform: { '^.+\\.tsx?$': swc },
  transformIgnorePatterns: ['/node_modules/', '\\.js$'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '/.next/', '/packages/e2e/'],
  modulePathIgnorePatterns: ['/dist/', '/.next/'],
};

export default {
  // A bound against hangs, not a measure of speed: machines are slow at times.
  testTimeout: 180_000,
  // ES modules of a suite that is over are not given back; a worker full of them is slower by the suite.
  workerIdleMemoryLimit: '600MB',
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['**/*.spec.ts', '**/*.spec.tsx'],
      testPathIgnorePatterns: [...shared.testPathIgnorePatterns, '\\.(int|long)\\.spec\\.ts$'],
    },
    { ...shared, displayName: 'integration', testMatch: ['**/*.int.spec.ts'] },
    { ...shared, displayName: 'long', testMatch: ['**/*.long.spec.ts'] },
  ],
};

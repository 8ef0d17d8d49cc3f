import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  {
    ignores: [
      '**/node_modules/',
      '**/dist/',
      '**/.next/',
      '**/.turbo/',
      '.holdpoint/',
      '**/generated/',
      '**/next-env.d.ts',
      '**/test-results/',
      '**/playwright-report/',
    ],
  },
  eslint.configs.recommended,
  ...tseslint.configs.recommended,
  {
    rules: {
      // TypeScript knows the globals.
      'no-undef': 'off',
      'no-console': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', destructuredArrayIgnorePattern: '^_' },
      ],
      '@typescript-eslint/no-non-null-assertion': 'error',
    },
  },
  {
    files: ['**/*.ts', '**/*.tsx'],
    languageOptions: {
      parserOptions: {
        // Two programs instead of one for each workspace, which would infer the same types again and again.
        project: ['./tsconfig.checks.json', './apps/console/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': [
        'error',
        { checksVoidReturn: { attributes: false } },
      ],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
    },
  },
  {
    // Command-line faces talk to people.
    files: [
      'packages/launcher/**',
      'packages/testkit/**',
      '**/bin/**',
      '**/cli.ts',
      'prisma/**',
      'packages/e2e/**',
    ],
    rules: { 'no-console': 'off' },
  },
  {
    // Test tables are data, and long ones are welcome; what a package exports is a list.
    files: ['**/*.spec.ts', '**/*.spec.tsx', 'packages/e2e/**', 'packages/*/src/index.ts'],
    rules: { 'max-lines': 'off' },
  },
);

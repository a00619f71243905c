import next from 'eslint-config-next';
import prettier from 'eslint-config-prettier';
import typescript from 'typescript-eslint';

export default typescript.config(
  { ignores: ['.next/**', 'node_modules/**', 'api/generated/**', 'next-env.d.ts'] },
  ...next,
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [...typescript.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  {
    // `expect(live.editTask).toHaveBeenCalled()` looks at a method, and calls none.
    files: ['**/*.test.ts', '**/*.test.tsx'],
    rules: { '@typescript-eslint/unbound-method': 'off' },
  },
  prettier,
);

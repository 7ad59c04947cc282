/** The rooms and their walls; what each area may import is the table in docs/architecture.md. */
const mayImport = {
  core: [],
  engine: ['core'],
  batch: ['core'],
  dataverse: ['core'],
  cdm: ['core', 'batch'],
  store: ['core'],
  ledger: ['core'],
  verify: ['core'],
  workspace: ['core', 'batch', 'cdm'],
  api: ['core', 'engine', 'workspace'],
  sandbox: ['core'],
  cli: ['core', 'api', 'app'],
};

const walls = Object.entries(mayImport).map(([area, others]) => ({
  name: `wall-${area}`,
  comment: `src/${area} may import only: ${[area, ...others].join(', ')}`,
  severity: 'error',
  from: { path: `^src/${area}/`, pathNot: '\\.test\\.ts$' },
  to: { path: '^src/', pathNot: `^src/(${[area, ...others].join('|')})/` },
}));

module.exports = {
  forbidden: [
    ...walls,
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'product-never-imports-tests',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.test\\.ts$' },
      to: { path: '^(test|tools|bench)/|\\.test\\.ts$' },
    },
    {
      name: 'core-does-no-io',
      severity: 'error',
      from: { path: '^src/core/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['core', 'npm'], pathNot: '^(node:)?(crypto|path)$' },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '\\.lakelink' },
  },
};

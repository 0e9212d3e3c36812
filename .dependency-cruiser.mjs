/**
 * Who may import whom: the table of `server/README.md`, checked by `npm run check`.
 * A row names a room and the rooms that it may import; types of the database's schema are free to all.
 */
const schemaTypes = '^db/schema/';
const destinationCore = '^server/importer/destinations/(destination|registry)\\.ts$';
const destinationTools = '^server/importer/destinations/(destination|manifest|names|template)\\.ts$';

const room = (from, ...allowed) => ({
  name: from.replaceAll(/[\^$\\]/g, ''),
  comment: 'See the table of rooms in server/README.md.',
  severity: 'error',
  from: { path: from },
  to: { path: '^(server|db|web|test|tools)/', pathNot: [from, ...allowed] },
});

const typesOf = (rule, types) => ({ ...rule, to: { ...rule.to, pathNot: [...rule.to.pathNot, types] } });

/** The same, where types alone may be imported of more rooms. */
const roomWithTypes = (from, types, ...allowed) => [
  typesOf(room(from, ...allowed), types),
  {
    name: `${from.replaceAll(/[\^$\\]/g, '')} takes only types of ${types.replaceAll(/[\^$\\]/g, '')}`,
    severity: 'error',
    from: { path: from },
    to: { path: types, pathNot: allowed, dependencyTypesNot: ['type-only'] },
  },
];

const lib = '^server/lib/';
const queries = '^db/(queries/|client\\.ts|errors\\.ts)';

export default {
  forbidden: [
    { name: 'no cycles', severity: 'error', from: {}, to: { circular: true } },
    room(lib),
    room('^server/config/', lib),
    room('^server/client/'),
    room('^server/nextcloud/', lib),
    ...roomWithTypes('^server/intake/rules/', schemaTypes, lib),
    ...roomWithTypes(
      '^server/intake/(?!rules/)',
      '^(db/schema/|server/nextcloud/)',
      lib,
      queries,
      '^server/intake/',
      '^server/nextcloud/upload-only\\.ts$',
    ),
    ...roomWithTypes(
      '^server/upload/',
      schemaTypes,
      lib,
      queries,
      '^server/nextcloud/',
      '^server/intake/rules/',
    ),
    ...roomWithTypes(
      '^server/importer/(?!destinations/)',
      schemaTypes,
      lib,
      queries,
      '^server/nextcloud/',
      destinationCore,
    ),
    {
      name: 'a destination knows only its interface',
      severity: 'error',
      from: { path: '^server/importer/destinations/([^/]+)/' },
      to: {
        path: '^(server|db|web|test|tools)/',
        pathNot: [lib, destinationTools, '^server/importer/destinations/$1/'],
      },
    },
    room('^server/importer/destinations/[^/]+\\.ts$', lib, '^server/importer/destinations/'),
    room('^server/auth/', lib, queries, schemaTypes),
    room('^server/mail/', lib, queries, schemaTypes, '^web/i18n/'),
    ...roomWithTypes(
      '^server/http/(public|staff|api)/',
      '^(db/schema/|server/upload/)',
      lib,
      queries,
      '^server/(http|intake|auth|mail)/',
      '^server/importer/ledger',
      '^web/(pages|i18n|assets|sending)',
    ),
    ...roomWithTypes('^server/http/tus/', schemaTypes, lib, queries, '^server/(http|intake|auth|upload)/'),
    {
      name: 'lucia stays in one module',
      severity: 'error',
      from: { path: '^(server|web|db)/', pathNot: '^server/auth/sessions\\.ts$' },
      to: { path: 'node_modules/(@lucia-auth/[^/]+|lucia)/' },
    },
    {
      name: 'only compose builds the importer, the engine and the client',
      severity: 'error',
      from: { path: '^server/', pathNot: '^server/(compose/|cli/|start/|importer/|upload/)' },
      to: {
        path: '^server/(importer/importer|importer/run|upload/(store|lock|assembly|writer))\\.ts$',
        dependencyTypesNot: ['type-only'],
      },
    },
    room('^db/'),
    ...roomWithTypes('^web/(?!islands/)', '^(server/(lib/failure|intake/describe-receipt)\\.ts|db/schema/)'),
    ...roomWithTypes('^web/islands/', '^server/', '^web/'),
    {
      name: 'nothing imports tests',
      severity: 'error',
      from: { path: '^(server|db|web)/' },
      to: { path: '^(test|tools)/' },
    },
    {
      name: 'the client runs alone',
      severity: 'error',
      from: { path: '^server/client/' },
      to: { dependencyTypes: ['npm', 'npm-dev', 'core'] },
    },
    { name: 'nobody imports main', severity: 'error', from: {}, to: { path: '^server/(cli/)?main\\.ts$' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|data)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.js', '.mjs'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};

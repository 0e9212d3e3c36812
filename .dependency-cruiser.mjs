/**
 * Who may import whom: the table of `server/README.md`, checked by `npm run check`.
 * A room that is not named in a row may not be imported by it.
 */
const room = (name, from, allowed) => ({
  name,
  severity: 'error',
  from: { path: from },
  to: { path: '^(server|db|web|test|tools)/', pathNot: [from, ...allowed] },
});
export default {
  forbidden: [
    room('lib', '^server/lib/', []),
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|data|node_modules)/' },
    parser: 'swc',
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.tsx', '.js', '.mjs'] },
  },
};

/** The architecture as rules: docs/../ARCHITECTURE.md draws the same picture. `npm run check` holds the code to it. */
const only = (name, who, what) => ({
  name,
  severity: 'error',
  from: { pathNot: who },
  to: { path: what },
})
const door = (folder) => ({
  name: `through-the-door-of-${folder}`,
  comment: `another top folder enters ${folder}/ through its index.ts`,
  severity: 'error',
  from: { pathNot: `^(${folder}|chaos-tests|bench)/` },
  to: { path: `^${folder}/`, pathNot: `^${folder}/(index|node20|tables)\\.ts$` },
})

/** What tests of every layer may use: a machine's slowness, and how work grows. They know nothing of Shoal. */
const chaos = `chaos-tests/(?!real/(growth|patience)\\.ts$)`

module.exports = {
  forbidden: [
    {
      name: 'no-cycle',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'crdt-is-the-bottom',
      severity: 'error',
      from: { path: '^crdt/' },
      to: { path: `^(net|node|cli|${chaos}|bench)/` },
    },
    {
      name: 'net-knows-no-objects',
      severity: 'error',
      from: { path: '^net/' },
      to: { path: `^((crdt|node|cli|bench)/|${chaos})` },
    },
    {
      name: 'node-knows-no-cli',
      severity: 'error',
      from: { path: '^node/' },
      to: { path: `^((cli|bench)/|${chaos})`, pathNot: '^chaos-tests/real/engine\\.ts$' },
    },
    { name: 'cli-knows-no-tests', severity: 'error', from: { path: '^cli/' }, to: { path: `^(bench/|${chaos})` } },
    door('crdt'),
    door('net'),
    {
      name: 'cli-enters-node-by-its-door',
      severity: 'error',
      from: { path: '^cli/' },
      to: { path: '^node/', pathNot: '^node/(index|options|main)\\.ts$' },
    },
    {
      name: 'cli-is-light',
      comment: 'a command must start in 150 ms: no libp2p, no Automerge, no engine client',
      severity: 'error',
      from: { path: '^cli/', pathNot: '\\.test\\.ts$' },
      to: { path: 'node_modules/(libp2p|@libp2p|@chainsafe|@automerge|dockerode)/' },
    },
    only(
      'only-crdt-uses-automerge',
      '^crdt/automerge[^/]*\\.ts$|\\.test\\.ts$|^crdt/(testing|hostile)|^chaos-tests/',
      'node_modules/@automerge/',
    ),
    only('only-net-uses-libp2p', '^net/|^chaos-tests/', 'node_modules/(libp2p|@libp2p|@chainsafe|@multiformats)/'),
    only('only-runtime-uses-dockerode', '^node/runtime/|^chaos-tests/', 'node_modules/dockerode/'),
    {
      name: 'the-world-is-a-port',
      comment: 'clock, dice, timers, disk and network are reached through node/world only',
      severity: 'error',
      from: {
        path: '^(crdt|node)/',
        pathNot: '^node/(world/real|runtime/|api/http|main\\.ts|options\\.ts)|\\.test\\.ts$|testing',
      },
      to: {
        path: '^(fs|fs/promises|net|http|https|dgram|child_process|os|worker_threads|timers|timers/promises|perf_hooks)$',
        dependencyTypes: ['core'],
      },
    },
    {
      name: 'pure-files-are-pure',
      comment: 'decisions import no kernel: only *-actor.ts may act',
      severity: 'error',
      from: {
        path: '^node/(control|placement|membership|service)/',
        pathNot: '(-actor|ports)\\.ts$|\\.test\\.ts$|testing',
      },
      to: { path: '^node/actor/' },
    },
    { name: 'tests-are-leaves', severity: 'error', from: { pathNot: '\\.test\\.ts$' }, to: { path: '\\.test\\.ts$' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.cjs'],
    },
  },
}

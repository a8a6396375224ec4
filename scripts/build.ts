/**
 * Makes `dist/`: one file for the CLI and one for the node, so that a command starts without resolving hundreds of modules and
 * a node weighs half of what it weighs unbundled (docs/benchmarks.md).
 *
 * @module
 */
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { build, type BuildOptions } from 'esbuild'

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }

const shared: BuildOptions = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  legalComments: 'linked',
  minifySyntax: true,
  minifyWhitespace: true,
  keepNames: true,
  sourcemap: false,
  logLevel: 'warning',
  define: { SHOAL_VERSION: JSON.stringify(version) },
  banner: {
    // What CommonJS modules inside the bundle take for granted.
    js: [
      "import { createRequire as __createRequire } from 'node:module'",
      'const require = __createRequire(import.meta.url)',
      'const __dirname = import.meta.dirname',
    ].join(';'),
  },
}

/** dockerode brings these for BuildKit sessions and ssh:// hosts, neither of which Shoal uses: 0.8 MB and 25 MB of memory. */
const unused = /^(@grpc\/grpc-js|@grpc\/proto-loader|protobufjs|ssh2|cpu-features)(\/.*)?$/

rmSync('dist', { recursive: true, force: true })
mkdirSync('dist', { recursive: true })
await build({
  ...shared,
  entryPoints: ['cli/main.ts'],
  outfile: 'dist/shoal.js',
  plugins: [
    {
      name: 'node-beside',
      setup(context) {
        context.onResolve({ filter: /\/node\/main\.ts$/ }, () => ({ path: './node.js', external: true }))
      },
    },
  ],
})
await build({
  ...shared,
  entryPoints: ['node/main.ts'],
  outfile: 'dist/node.js',
  plugins: [
    {
      name: 'leave-out-unused',
      setup(context) {
        context.onResolve({ filter: unused }, ({ path }) => ({ path, namespace: 'unused' }))
        context.onLoad({ filter: /.*/, namespace: 'unused' }, () => ({ contents: 'module.exports = {}', loader: 'js' }))
      },
    },
  ],
})
// Automerge's core, which it looks for beside the file it is in.
copyFileSync(
  createRequire(import.meta.url).resolve('@automerge/automerge/automerge.wasm'),
  'dist/automerge_wasm_bg.wasm',
)
chmodSync('dist/shoal.js', 0o755)

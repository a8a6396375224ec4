/**
 * The bundles: one file for the CLI, one for the node and one for what it loads later, so that a command starts without resolving hundreds of modules and
 * a node weighs half of what it weighs unbundled (docs/benchmarks.md).
 *
 * They are built aside and renamed into place file by file, so that whoever starts one meanwhile, or builds too, finds each
 * whole, the old one or the new one.
 *
 * @module
 */
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
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
  // Nothing is renamed, and to name each function again whenever one is made takes a sixth of a node's CPU.
  keepNames: false,
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

const FORMATS = 'node/api/kube/formats.ts'

/** Where a build is made: hidden beside what it replaces, on the same file system. */
const ASIDE = '.building-'

export async function bundle(directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true })
  const aside = mkdtempSync(join(directory, ASIDE))
  try {
    await Promise.all([bundleCli(aside), bundleNode(aside), bundleFormats(aside)])
    // Automerge's core, which it looks for beside the file it is in.
    const core = createRequire(import.meta.url).resolve('@automerge/automerge/automerge.wasm')
    copyFileSync(core, join(aside, 'automerge_wasm_bg.wasm'))
    chmodSync(join(aside, 'shoal.js'), 0o755)
    replaceAll(aside, directory)
  } finally {
    rmSync(aside, { recursive: true, force: true })
  }
}

function replaceAll(aside: string, directory: string): void {
  const names = readdirSync(aside)
  // What starts others comes last: by then they are there.
  const order = ['node.js', 'shoal.js']
  for (const name of names.toSorted((one, other) => order.indexOf(one) - order.indexOf(other))) {
    renameSync(join(aside, name), join(directory, name))
  }
  const old = readdirSync(directory).filter((name) => !names.includes(name) && !name.startsWith(ASIDE))
  for (const name of old) rmSync(join(directory, name), { recursive: true, force: true })
}

async function bundleCli(directory: string): Promise<void> {
  await build({
    ...shared,
    entryPoints: ['cli/main.ts'],
    outfile: join(directory, 'shoal.js'),
    plugins: [
      {
        name: 'node-beside',
        setup(context) {
          context.onResolve({ filter: /\/node\/main\.ts$/ }, () => ({ path: './node.js', external: true }))
        },
      },
    ],
  })
}

/** What only Kubernetes' own clients need, in a file that is read when the first of them comes. */
async function bundleFormats(directory: string): Promise<void> {
  await build({ ...shared, entryPoints: [FORMATS], outfile: join(directory, 'kube.js') })
}

async function bundleNode(directory: string): Promise<void> {
  await build({
    ...shared,
    entryPoints: ['node/main.ts'],
    outfile: join(directory, 'node.js'),
    plugins: [
      {
        name: 'leave-out-unused',
        setup(context) {
          context.onResolve({ filter: /\/kube\/formats\.ts$/ }, ({ kind }) =>
            kind === 'dynamic-import' ? { path: './kube.js', external: true } : undefined,
          )
          context.onResolve({ filter: unused }, ({ path }) => ({ path, namespace: 'unused' }))
          context.onLoad({ filter: /.*/, namespace: 'unused' }, () => ({
            contents: 'module.exports = {}',
            loader: 'js',
          }))
        },
      },
    ],
  })
}

/**
 * `npm run sim`: makes one file of the simulator and runs it with plain Node. Loaded through tsx each function that is made in
 * passing is given its name first, which takes a sixth of all time, and start-up a second.
 *
 * @module
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { build, type Plugin } from 'esbuild'

const REPOSITORY = join(import.meta.dirname, '../..')

/** Files that look beside themselves find what they look for. */
const placed: Plugin = {
  name: 'placed',
  setup(context) {
    context.onLoad({ filter: /chaos-tests\/.*\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8')
      return { contents: text.replaceAll('import.meta.dirname', JSON.stringify(dirname(path))), loader: 'ts' }
    })
  },
}

const directory = mkdtempSync(join(tmpdir(), 'shoal-sim-'))
process.once('exit', () => rmSync(directory, { recursive: true, force: true }))
// Packages are not bundled: they are found as from the repository.
symlinkSync(join(REPOSITORY, 'node_modules'), join(directory, 'node_modules'))
const outfile = join(directory, 'sim.mjs')
await build({
  absWorkingDir: REPOSITORY,
  entryPoints: ['chaos-tests/sim/main.ts'],
  outfile,
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  target: 'node20',
  sourcemap: 'inline',
  logLevel: 'error',
  plugins: [placed],
})

const child = spawn(process.execPath, ['--enable-source-maps', outfile, ...process.argv.slice(2)], { stdio: 'inherit' })
// Both get it from the terminal: the simulator decides when it ends.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => child.kill('SIGTERM'))
child.once('exit', (code) => (process.exitCode = code ?? 1))

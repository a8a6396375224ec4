/**
 * The image that the demo's manifest names, made from this machine's own Node binary and the libraries it is linked to: so the
 * demo needs no registry.
 *
 * @module
 */
import { execFileSync, spawn } from 'node:child_process'
import { realpathSync } from 'node:fs'
import { docker } from '../chaos-tests/real/process-cluster.ts'

export const DEMO_IMAGE = 'shoal.dev/demo:1'

/** Where an engine answers, its address; undefined where none does. `DOCKER_HOST` goes before the usual socket. */
export function engineHere(): string | undefined {
  const host = process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock'
  try {
    docker(host, ['version', '--format', '{{.Server.Version}}'])
    return host
  } catch {
    return undefined
  }
}

/** Makes the image unless it is there. Rejects where this machine cannot (no ldd, no tar). */
export async function ensureDemoImage(host: string): Promise<void> {
  if (docker(host, ['images', '-q', DEMO_IMAGE]).length > 0) return
  const binary = realpathSync(process.execPath)
  const files = [binary, ...librariesOf(binary)]
  // The binary goes to /usr/bin/node, libraries stay where the loader looks for them; links are followed.
  const tar = spawn('tar', ['-chf', '-', '--absolute-names', `--transform=s,^${binary}$,/usr/bin/node,`, ...files], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const change = ['--change', 'ENV PATH=/usr/bin']
  const load = spawn('docker', ['-H', host, 'import', ...change, '-', DEMO_IMAGE], {
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  tar.stdout.pipe(load.stdin)
  const code = await new Promise((resolve) => load.once('exit', resolve))
  if (code !== 0) throw new Error(`docker import of ${DEMO_IMAGE} ended with ${String(code)}`)
}

function librariesOf(binary: string): string[] {
  const lines = execFileSync('ldd', [binary], { encoding: 'utf8' }).split('\n')
  return lines.flatMap((line) => /(\/\S+) \(0x/.exec(line)?.[1] ?? [])
}

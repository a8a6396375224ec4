/**
 * What people do with an engine by hand, for benchmarks to set beside what Shoal does with it.
 *
 * @module
 */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { fetchText } from '../chaos-tests/real/observe.ts'
import { waitFor } from '../chaos-tests/real/process-cluster.ts'

const ANSWER_MS_MAX = 120_000

/** What the engine's own command says. Rejects where it fails, with what it complained of. */
export async function docker(host: string, words: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('docker', ['-H', host, ...words])
  return stdout.trim()
}

/** A web server on port 80 from `docker run` until it answers; its id. */
export async function serveByHand(host: string, image: string): Promise<string> {
  const id = await docker(host, ['run', '-d', image])
  const address = await docker(host, ['inspect', '-f', '{{.NetworkSettings.IPAddress}}', id])
  await waitFor('the server to answer', ANSWER_MS_MAX, () =>
    fetchText({ host: address, port: 80 }).then(
      () => true,
      () => false,
    ),
  )
  return id
}

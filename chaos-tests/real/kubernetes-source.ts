/**
 * Manifests that we did not write: those of Kubernetes' own tests and documents, as Debian's source package has them.
 * `.ci/kubernetes-source` brings them; they are no part of this repository.
 *
 * @module
 */
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** The path of one of them. */
export function publicManifest(path: string): string {
  const source = process.env['SHOAL_KUBERNETES_SOURCE'] ?? join(homedir(), '.cache/shoal/kubernetes-source')
  if (!existsSync(join(source, 'complete')))
    throw new Error(`this test applies public manifests, and there are none in ${source}: run .ci/kubernetes-source`)
  return join(source, path)
}

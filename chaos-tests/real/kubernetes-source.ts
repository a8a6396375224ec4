/**
 * Manifests that we did not write: those of Kubernetes' own tests and documents, as Debian's source package has them.
 * `.ci/kubernetes-source` brings them; they are no part of this repository.
 *
 * @module
 */
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** The path of one of them. */
export function publicManifest(path: string): string {
  const source = process.env['SHOAL_KUBERNETES_SOURCE'] ?? join(homedir(), '.cache/shoal/kubernetes-source')
  if (!existsSync(join(source, 'complete-2')))
    throw new Error(`this test applies public manifests, and there are none in ${source}: run .ci/kubernetes-source`)
  return join(source, path)
}

/** What Kubernetes' own tests of that version fill into manifests that are templates (`test/utils/image/manifest.go`). */
export const IMAGES_FILLED_IN = {
  BusyBoxImage: 'docker.io/library/busybox:1.29',
  AgnhostImage: 'k8s.gcr.io/e2e-test-images/agnhost:2.21',
  HttpdImage: 'docker.io/library/httpd:2.4.38-alpine',
} as const

/** The text of one that ends in `.in`, with the names of images, and nothing else, filled in. */
export function filledManifest(path: string): string {
  return readFileSync(publicManifest(path), 'utf8').replaceAll(/\{\{\.(\w+)\}\}/g, (_, name: string) => {
    const image = (IMAGES_FILLED_IN as Readonly<Record<string, string>>)[name]
    if (image === undefined) throw new Error(`${path} asks for the image ${name}, which is not known`)
    return image
  })
}

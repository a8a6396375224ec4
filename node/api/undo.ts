/**
 * Back to an earlier revision of a Deployment, with the ConfigMaps and Secrets it was rolled out with: these first, so that its
 * pods read what they read then. What cannot be put back is said before anything is changed.
 *
 * @module
 */
import { parseKey, type Revision } from '../../crdt/index.ts'
import { obstaclesOf, withContent, type UsedConfig } from '../rollout/used-configs.ts'
import type { ApiBackend } from './backend.ts'
import type { JsonObject } from './body.ts'
import { editable, plain } from './incoming.ts'
import { json } from './message.ts'
import type { ApiRequest, ApiResponse } from './message.ts'
import { allRevisions, configsOfRevision, deploymentNamed, type NamedDeployment } from './revisions.ts'
import { resourceOfKind } from './served.ts'
import type { Resource } from './served.ts'
import { ApiError } from './status.ts'
import { existing, target } from './target.ts'
import { untilUndisturbed, write } from './write.ts'

/** [API102] */
export async function undo(asked: ApiRequest, backend: ApiBackend): Promise<ApiResponse> {
  // What it writes comes from the revision: no body says anything of it.
  const request = { ...asked, body: new Uint8Array() }
  const isTemplateOnly = request.query.get('templateOnly') === 'true'
  const restored = new Set<string>()
  const warnings = new Set<string>()
  return untilUndisturbed(async () => {
    const named = deploymentNamed(request.query.get('workload') ?? '', backend)
    const revision = revisionAsked(request.query.get('toRevision'), named)
    const configs = isTemplateOnly ? [] : configsOfRevision(revision, named.key, backend)
    assertWhole(revision, { configs, name: named.deployment.metadata.name })
    for (const config of configs.filter(({ is }) => is === 'differs')) {
      for (const text of (await restore(config, { request, backend, named })).warnings) warnings.add(text)
      restored.add(`${config.kind}/${config.name}`)
    }
    const { headers, warnings: others } = await putTemplate(revision, { request, backend, named })
    const value = { revision: revision.number, restored: [...restored] }
    return json(200, value, { headers, warnings: [...new Set([...warnings, ...others])] })
  })
}

function revisionAsked(asked: string | null, { deployment }: NamedDeployment): Revision {
  const all = allRevisions(deployment)
  const found = all.find(({ number }) => String(number) === asked)
  if (found !== undefined) return found
  throw new ApiError(
    'BadRequest',
    `toRevision: ${JSON.stringify(asked)} is no revision of ${deployment.metadata.name}: there are ${all.map(({ number }) => number).join(', ')}`,
  )
}

function assertWhole({ number }: Revision, { configs, name }: { configs: readonly UsedConfig[]; name: string }): void {
  const obstacles = obstaclesOf(configs)
  if (obstacles.length === 0) return
  throw new ApiError(
    'Invalid',
    `${name} cannot go back to revision ${number} as it was, and nothing was changed: ${obstacles.join('; ')}. Its template alone can be brought back (--template-only)`,
  )
}

interface Asked {
  readonly request: ApiRequest
  readonly backend: ApiBackend
  readonly named: NamedDeployment
}

function restore({ kind, name, content }: UsedConfig, { request, backend, named }: Asked): Promise<ApiResponse> {
  const at = target(resourceOfKind('', kind) as Resource, parseKey(named.key)?.namespace, name)
  const { stored } = existing(backend, at)
  // It was there a moment ago: nothing was awaited since.
  if (stored === undefined) throw new ApiError('Conflict', `${kind} ${name} was deleted meanwhile`)
  const object = editable(plain(withContent(stored, content)))
  return write({ request, backend, at, object, old: stored })
}

function putTemplate({ template }: Revision, { request, backend, named }: Asked): Promise<ApiResponse> {
  const { metadata, spec } = named.deployment
  const at = target(resourceOfKind('apps', 'Deployment') as Resource, metadata.namespace, metadata.name)
  const back = { ...named.deployment, spec: { ...(spec as JsonObject), template } }
  return write({ request, backend, at, object: editable(plain(back)), old: named.deployment })
}

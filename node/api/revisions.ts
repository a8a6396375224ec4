/**
 * The revisions of a Deployment as people ask for them: which ConfigMaps and Secrets each was rolled out with, and whether
 * that is what these contain now. Values of Secrets are never among it.
 *
 * @module
 */
import { parseKey, revisionsOf, type DocumentKey, type KubeObject, type Revision } from '../../crdt/index.ts'
import { usedConfigs, type UsedConfig } from '../rollout/used-configs.ts'
import type { ApiBackend } from './backend.ts'
import { assertExists } from './logs.ts'
import { json } from './message.ts'
import type { ApiRequest, ApiResponse } from './message.ts'
import { ApiError } from './status.ts'

/** [API101] */
export function revisions({ query }: ApiRequest, backend: ApiBackend): ApiResponse {
  const { key, deployment } = deploymentNamed(query.get('workload') ?? '', backend)
  const rows = allRevisions(deployment).map((revision) => ({
    number: revision.number,
    configs: configsOfRevision(revision, key, backend).map(shown),
  }))
  return json(200, { revisions: rows })
}

export interface NamedDeployment {
  readonly key: DocumentKey
  /** As it is stored. */
  readonly deployment: KubeObject
}

export function deploymentNamed(key: DocumentKey, backend: ApiBackend): NamedDeployment {
  assertExists(key, backend)
  const deployment = backend.view.stored(key)?.object
  if (deployment?.kind === 'Deployment') return { key, deployment }
  throw new ApiError('BadRequest', `${key} has no revisions: name a Deployment, as apps/Deployment/default/web`)
}

/** Oldest first. */
export function allRevisions(deployment: KubeObject): readonly Revision[] {
  const { current, older } = revisionsOf(deployment)
  return [current, ...older].toSorted((one, other) => one.number - other.number)
}

export function configsOfRevision(
  { contents }: Pick<Revision, 'contents'>,
  key: DocumentKey,
  backend: ApiBackend,
): readonly UsedConfig[] {
  const namespace = parseKey(key)?.namespace ?? ''
  return usedConfigs(contents, { namespace, stored: (config) => backend.view.stored(config) })
}

function shown({ kind, name, is, content }: UsedConfig): Record<string, unknown> {
  if (content === undefined || kind === 'ConfigMap') return { kind, name, is, ...content }
  return { kind, name, is, keys: Object.keys(content.data ?? {}) }
}

/**
 * Objects as the API shows them, put together from what is stored and what is known: defaults filled in, status counted,
 * the internal part left out. Pure: the same sources give the same object on every node.
 *
 * @module
 */
import { isDefinedGroup } from '../definitions/custom.ts'
import { parseKey, type DocumentKey } from '../key.ts'
import type { KubeObject } from '../object.ts'
import { withManagedFields } from '../objects/managers.ts'
import { pendingPod } from './pending.ts'
import { presentServiceAccount } from './present-account.ts'
import { presentAutoscaler } from './present-autoscaler.ts'
import { presentNamespace, presentNode } from './present-cluster.ts'
import { presentBudget } from './present-budget.ts'
import { presentCustom, presentDefinition } from './present-definition.ts'
import { presentEndpoints, presentEndpointSlice, presentService } from './present-service.ts'
import { presentDeployment, presentPod, presentReplicaSet } from './present-workload.ts'
import { withoutInternal, type Presented, type Sources } from './sources.ts'

export function present(key: DocumentKey, from: Sources): Presented | undefined {
  const presented = presentKind(key, from)
  return presented && { ...presented, object: withManagedFields(presented.object, from.stored(key)?.object) }
}

function presentKind(key: DocumentKey, from: Sources): Presented | undefined {
  const parts = parseKey(key)
  if (parts === undefined) return undefined
  switch (`${parts.group}/${parts.kind}`) {
    case 'apps/Deployment':
      return presentDeployment(key, from)
    case 'apps/ReplicaSet':
      return presentReplicaSet(parts, from)
    case '/Service':
      return wrapped(presentService(key, from))
    case '/Namespace':
      return wrapped(presentNamespace(key, parts.name, from))
    case '/Node':
      return wrapped(presentNode(parts.name, from))
    case '/Pod':
      return wrapped(presentPod(key, from) ?? pendingPod(key, from))
    case '/ServiceAccount':
      return wrapped(presentServiceAccount(key, parts, from))
    case 'policy/PodDisruptionBudget':
      return wrapped(presentBudget(key, from))
    case 'autoscaling/HorizontalPodAutoscaler':
      return wrapped(presentAutoscaler(key, from))
    case '/Endpoints':
      return wrapped(presentEndpoints(parts, from))
    case 'discovery.k8s.io/EndpointSlice':
      return wrapped(presentEndpointSlice(parts, from))
    case 'apiextensions.k8s.io/CustomResourceDefinition':
      return wrapped(presentDefinition(key, from))
    default:
      if (isDefinedGroup(parts.group)) return wrapped(presentCustom(key, parts, from))
      return wrapped(withoutInternal(from.stored(key)?.object))
  }
}

const wrapped = (object: KubeObject | undefined): Presented | undefined =>
  object === undefined ? undefined : { object }

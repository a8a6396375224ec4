/**
 * All kinds of the API: how each is named in paths and on the command line, who may write it, and the rules it is held to.
 *
 * @module
 */
import { autoscalerSchema, checkAutoscaler } from './autoscaler.ts'
import { budgetSchema, checkBudget } from './budget.ts'
import { checkConfigMap, checkSecret, configMapSchema, secretSchema } from './config.ts'
import { checkDeployment, deploymentSchema } from './deployment.ts'
import { checkDefinition, definitionSchema } from './definition.ts'
import type { Findings } from './field-error.ts'
import { checkKept } from './kept.ts'
import type { KubeObject } from '../object.ts'
import { namespaceSchema } from './namespace.ts'
import { checkNode, nodeSchema } from './node.ts'
import { checkPodSecurityLabels } from './pod-security.ts'
import { dns1035Label, dnsLabel, dnsSubdomain, type TextCheck } from './names.ts'
import { checkPod, podSchema } from './pod-document.ts'
import { checkRevisions } from './revision.ts'
import type { Schema } from './schema.ts'
import { serviceAccountSchema } from './service-account.ts'
import { checkService, serviceSchema } from './service.ts'

export interface Kind {
  /** `''` is the core group. */
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly plural: string
  readonly singular: string
  readonly shortNames: readonly string[]
  readonly namespaced: boolean
  readonly verbs: readonly string[]
  /** A document people write, or derived. */
  readonly writable: boolean
  /** What to do instead where a verb is not served. */
  readonly writeInstead?: string
  /** What whoever writes one should know of this version. */
  readonly warning?: string
}

const READ = ['get', 'list', 'watch']
const WRITE = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch']

type Named = Omit<Kind, 'verbs' | 'writable' | 'singular'>
const written = (kind: Named): Kind => ({ ...kind, singular: kind.kind.toLowerCase(), verbs: WRITE, writable: true })
const derived = (kind: Named & { writeInstead: string }): Kind => ({
  ...kind,
  singular: kind.kind.toLowerCase(),
  verbs: READ,
  writable: false,
})

/** Not made by people, who only say what they want of it. */
const joined = (kind: Named & { writeInstead: string }): Kind => ({
  ...written(kind),
  verbs: WRITE.filter((verb) => verb !== 'create'),
})

const apps = { group: 'apps', version: 'v1', namespaced: true }
const core = { group: '', version: 'v1', namespaced: true }

export const KINDS: readonly Kind[] = [
  written({ ...apps, kind: 'Deployment', plural: 'deployments', shortNames: ['deploy'] }),
  written({ ...core, kind: 'Service', plural: 'services', shortNames: ['svc'] }),
  written({ ...core, kind: 'Namespace', plural: 'namespaces', shortNames: ['ns'], namespaced: false }),
  written({ ...core, kind: 'Pod', plural: 'pods', shortNames: ['po'] }),
  written({ ...core, kind: 'ConfigMap', plural: 'configmaps', shortNames: ['cm'] }),
  written({ ...core, kind: 'Secret', plural: 'secrets', shortNames: [] }),
  written({
    ...core,
    kind: 'ServiceAccount',
    plural: 'serviceaccounts',
    shortNames: ['sa'],
    warning: 'pods get no token of a ServiceAccount: its imagePullSecrets are used, and nothing else of it',
  }),
  written({
    group: 'policy',
    version: 'v1',
    namespaced: true,
    kind: 'PodDisruptionBudget',
    plural: 'poddisruptionbudgets',
    shortNames: ['pdb'],
  }),
  written({
    group: 'autoscaling',
    version: 'v2',
    namespaced: true,
    kind: 'HorizontalPodAutoscaler',
    plural: 'horizontalpodautoscalers',
    shortNames: ['hpa'],
  }),
  written({
    group: 'apiextensions.k8s.io',
    version: 'v1',
    namespaced: false,
    kind: 'CustomResourceDefinition',
    plural: 'customresourcedefinitions',
    shortNames: ['crd', 'crds'],
  }),
  derived({
    ...apps,
    kind: 'ReplicaSet',
    plural: 'replicasets',
    shortNames: ['rs'],
    writeInstead:
      'replica sets are the revisions of Deployments: create a Deployment with this template, or change the one that owns it',
  }),
  joined({
    ...core,
    kind: 'Node',
    plural: 'nodes',
    shortNames: ['no'],
    namespaced: false,
    writeInstead: 'a node comes with `shoal join`: change its labels, taints and `unschedulable` with patch',
  }),
  derived({
    ...core,
    kind: 'Endpoints',
    plural: 'endpoints',
    shortNames: ['ep'],
    writeInstead: 'endpoints are found by the selector of a Service: change the Service or the labels of its pods',
  }),
  derived({
    group: 'discovery.k8s.io',
    version: 'v1',
    namespaced: true,
    kind: 'EndpointSlice',
    plural: 'endpointslices',
    shortNames: [],
    writeInstead: 'endpoints are found by the selector of a Service: change the Service or the labels of its pods',
  }),
  derived({
    ...core,
    kind: 'Event',
    plural: 'events',
    shortNames: ['ev'],
    writeInstead: 'events tell what happened on the nodes',
  }),
]

/** What an object of a kind that people write is held to. */
export interface Rules {
  readonly schema: Schema
  readonly checkName: TextCheck
  /** Called on objects whose shape is good, with their defaults filled in. */
  readonly check?: (object: KubeObject, findings: Findings) => void
}

const RULES: ReadonlyMap<string, Rules> = new Map([
  ['apps/Deployment', { schema: deploymentSchema, checkName: deploymentName, check: checkDeploymentAndRevisions }],
  ['/Service', { schema: serviceSchema, checkName: dns1035Label, check: checkService }],
  ['/Pod', { schema: podSchema, checkName: dnsSubdomain, check: checkPod }],
  ['/Node', { schema: nodeSchema, checkName: dnsSubdomain, check: checkNode }],
  ['/Namespace', { schema: namespaceSchema, checkName: dnsLabel, check: checkPodSecurityLabels }],
  ['/ConfigMap', { schema: configMapSchema, checkName: dnsSubdomain, check: checkConfigMapAndKept }],
  ['/ServiceAccount', { schema: serviceAccountSchema, checkName: dnsSubdomain }],
  ['policy/PodDisruptionBudget', { schema: budgetSchema, checkName: dnsSubdomain, check: checkBudget }],
  ['/Secret', { schema: secretSchema, checkName: dnsSubdomain, check: checkSecretAndKept }],
  [
    'apiextensions.k8s.io/CustomResourceDefinition',
    { schema: definitionSchema, checkName: dnsSubdomain, check: checkDefinitionBesideOurs },
  ],
  [
    'autoscaling/HorizontalPodAutoscaler',
    { schema: autoscalerSchema, checkName: dnsSubdomain, check: checkAutoscaler },
  ],
])

/** Its pods are called after it, with a revision and an end: 17 characters more. */
function deploymentName(name: string): string | undefined {
  return name.length > 253 - 17
    ? 'must be no more than 236 characters: the names of its pods are longer by 17'
    : dnsSubdomain(name)
}

function checkDeploymentAndRevisions(object: KubeObject, findings: Findings): void {
  checkDeployment(object, findings)
  checkRevisions(object, findings)
}

/** Groups that have kinds of ours, or are measured and asked. */
const OWN_GROUPS: ReadonlySet<string> = new Set([
  ...KINDS.map(({ group }) => group),
  'authentication.k8s.io',
  'authorization.k8s.io',
  'metrics.k8s.io',
  'shoal.dev',
])

function checkDefinitionBesideOurs(object: KubeObject, findings: Findings): void {
  checkDefinition(object, OWN_GROUPS, findings)
}

function checkConfigMapAndKept(object: KubeObject, findings: Findings): void {
  checkConfigMap(object, findings)
  checkKept(object, findings)
}

function checkSecretAndKept(object: KubeObject, findings: Findings): void {
  checkSecret(object, findings)
  checkKept(object, findings)
}

/** Undefined for derived kinds and for those of a newer version. Both `core` and `''` name the core group. */
export const rulesOf = (group: string, kind: string): Rules | undefined =>
  RULES.get(`${group === 'core' ? '' : group}/${kind}`)

/** `apps` of `apps/v1`, `''` of `v1`. */
export const groupOf = (apiVersion: string): string =>
  apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : ''

export const apiVersionOf = ({ group, version }: Pick<Kind, 'group' | 'version'>): string =>
  group === '' ? version : `${group}/${version}`

export function kindOf(group: string, kind: string): Kind | undefined {
  return KINDS.find((each) => each.group === (group === 'core' ? '' : group) && each.kind === kind)
}

/** By the plural in a path of the API. */
export function kindOfPlural(group: string, plural: string): Kind | undefined {
  return KINDS.find((each) => each.group === group && each.plural === plural)
}

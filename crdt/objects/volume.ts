/**
 * Volumes of a pod and where containers mount them. What a node can make is looked into; the kinds of clouds and clusters are
 * kept as they are.
 *
 * @module
 */
import type { Container, PodSpec, Volume, VolumeMount } from 'kubernetes-types/core/v1.js'
import { configKey } from './config.ts'
import type { Findings } from './field-error.ts'
import { dnsLabel, dnsSubdomain, noNul, type TextCheck } from './names.ts'
import { quantityCheck } from './quantity.ts'
import {
  anything,
  byDefault,
  choice,
  fields,
  flag,
  later,
  listOf,
  numberOrText,
  required,
  text,
  type Schema,
} from './schema.ts'

/** A path inside a volume: it never leaves it. */
export const innerPath: TextCheck = (path) => {
  if (path.startsWith('/')) return 'must be a relative path'
  if (path.split('/').includes('..')) return "must not contain '..'"
  return noNul(path)
}

/** The path of a file among those that the node swaps by a link of its own. */
const filePath: TextCheck = (path) => (path.startsWith('..') ? "must not start with '..'" : innerPath(path))

const absolutePath: TextCheck = (path) => {
  if (!path.startsWith('/')) return 'must be an absolute path'
  if (path.split('/').includes('..')) return "must not contain '..'"
  return noNul(path)
}

const mountPath: TextCheck = (path) => {
  if (path.includes(':')) return "must not contain ':'"
  if (/^\/*$/.test(path)) return 'must not be the root of the container'
  return absolutePath(path)
}

const mode = (): Schema => ({
  is: 'integer',
  min: 0,
  max: 0o777,
  range: 'must be a number between 0 and 0777 (octal), both inclusive',
})
const defaultMode = byDefault(mode(), 0o644)

const items = listOf(fields({ key: required(text(configKey)), path: required(text(filePath)), mode: mode() }))

export const fieldReference = fields({ apiVersion: byDefault(text(), 'v1'), fieldPath: required(text()) })

export const resourceReference = fields({
  containerName: text(),
  resource: required(text()),
  divisor: numberOrText(quantityCheck),
})

const downwardItems = listOf(
  fields({
    path: required(text(filePath)),
    mode: mode(),
    fieldRef: fieldReference,
    resourceFieldRef: resourceReference,
  }),
)

const source = { items, optional: flag() }

const kinds: Readonly<Record<string, Schema>> = {
  configMap: fields({ name: required(text(dnsSubdomain)), defaultMode, ...source }),
  secret: fields({ secretName: required(text(dnsSubdomain)), defaultMode, ...source }),
  downwardAPI: fields({ defaultMode, items: downwardItems }),
  projected: fields({
    defaultMode,
    sources: listOf(
      fields({
        configMap: fields({ name: required(text(dnsSubdomain)), ...source }),
        secret: fields({ name: required(text(dnsSubdomain)), ...source }),
        downwardAPI: fields({ items: downwardItems }),
        serviceAccountToken: later(anything()),
        clusterTrustBundle: later(anything()),
        podCertificate: later(anything()),
      }),
    ),
  }),
  hostPath: fields({
    path: required(text(absolutePath)),
    type: choice(['BlockDevice', 'CharDevice', 'Directory', 'DirectoryOrCreate', 'File', 'FileOrCreate', 'Socket']),
  }),
  nfs: fields({ server: required(text(noNul)), path: required(text(absolutePath)), readOnly: flag() }),
}

const KINDS_LATER =
  'awsElasticBlockStore azureDisk azureFile cephfs cinder csi ephemeral fc flexVolume flocker gcePersistentDisk gitRepo glusterfs image iscsi persistentVolumeClaim photonPersistentDisk portworxVolume quobyte rbd scaleIO storageos vsphereVolume'.split(
    ' ',
  )

/** A volume that says nothing more is an empty directory, as in Kubernetes. */
const emptyDir = byDefault(
  fields({
    medium: choice(['Memory', 'HugePages'], ['HugePages']),
    sizeLimit: numberOrText(quantityCheck),
  }),
  (volume: object) => (Object.keys(volume).some((name) => name !== 'name') ? undefined : {}),
)

export const volumeSchema = fields({
  name: required(text(dnsLabel)),
  ...kinds,
  ...Object.fromEntries(KINDS_LATER.map((kind): [string, Schema] => [kind, later(anything())])),
  emptyDir,
})

export const volumeMountSchema = fields({
  name: required(text()),
  mountPath: required(text(mountPath)),
  readOnly: flag(),
  recursiveReadOnly: later(text()),
  subPath: text(innerPath),
  subPathExpr: text(innerPath),
  mountPropagation: choice(['None', 'HostToContainer', 'Bidirectional']),
})

/** The rules a shape cannot say. Called on a pod whose shape is good. */
export function checkVolumes({ volumes, containers, initContainers }: PodSpec, at: string, findings: Findings): void {
  volumes?.forEach((volume, index) => checkVolume(volume, `${at}.volumes[${index}]`, findings))
  const known = new Set(volumes?.map(({ name }) => name))
  for (const [list, all] of Object.entries({ containers, initContainers })) {
    all?.forEach((container, index) => checkMounts(container, { at: `${at}.${list}[${index}]`, known }, findings))
  }
}

function checkVolume(volume: Volume, at: string, findings: Findings): void {
  const kindsSaid = Object.entries(volume).filter(([name, value]) => name !== 'name' && value != null)
  for (const [name] of kindsSaid.slice(1))
    findings.forbidden(`${at}.${name}`, 'may not specify more than 1 volume type')
  const { downwardAPI, projected } = volume
  checkFiles(downwardAPI?.items, `${at}.downwardAPI.items`, findings)
  projected?.sources?.forEach((one, index) => {
    checkFiles(one?.downwardAPI?.items, `${at}.projected.sources[${index}].downwardAPI.items`, findings)
  })
}

type DownwardItems = NonNullable<Volume['downwardAPI']>['items']

function checkFiles(files: DownwardItems, at: string, findings: Findings): void {
  files?.forEach(({ fieldRef, resourceFieldRef }, index) => {
    if ((fieldRef == null) === (resourceFieldRef == null))
      findings.invalid(`${at}[${index}]`, '', 'must specify exactly one of `fieldRef` and `resourceFieldRef`')
    else if (resourceFieldRef != null && !resourceFieldRef.containerName)
      findings.required(`${at}[${index}].resourceFieldRef.containerName`)
  })
}

function checkMounts(
  container: Container,
  { at, known }: { at: string; known: ReadonlySet<string> },
  findings: Findings,
): void {
  container.volumeMounts?.forEach((mount: VolumeMount, index) => {
    const field = `${at}.volumeMounts[${index}]`
    if (!known.has(mount.name)) findings.say(`${field}.name`, 'Invalid', `Not found: "${mount.name}"`)
    if (mount.subPath && mount.subPathExpr)
      findings.invalid(`${field}.subPathExpr`, mount.subPathExpr, 'subPathExpr and subPath are mutually exclusive')
    if (mount.mountPropagation === 'Bidirectional' && container.securityContext?.privileged !== true)
      findings.forbidden(`${field}.mountPropagation`, 'Bidirectional is only available to privileged containers')
  })
}

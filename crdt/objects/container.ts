/**
 * A container of a pod template: what has effect in this version first, then what is kept for later ones.
 *
 * @module
 */
import type { Container, ContainerPort, Probe } from 'kubernetes-types/core/v1.js'
import type { Findings } from './field-error.ts'
import { defaultPullPolicy, imageCheck } from './image.ts'
import {
  dnsLabel,
  dnsSubdomain,
  environmentName,
  ipAddress,
  noNul,
  portName,
  qualifiedName,
  type TextCheck,
} from './names.ts'
import { parseQuantity, quantityCheck } from './quantity.ts'
import {
  allLater,
  anything,
  byDefault,
  choice,
  fields,
  flag,
  integer,
  later,
  listOf,
  mapOf,
  numberOrText,
  PORT_RANGE,
  portNumber,
  required,
  text,
  type Schema,
} from './schema.ts'
import { checkContainerSecurity, containerSecurityContext } from './security-context.ts'
import { fieldReference, resourceReference, volumeMountSchema } from './volume.ts'

/** As many as a pod's record has room for (`ContainerFact`s in an envelope of 256 KiB). */
export const CONTAINERS_MAX = 32

/** Half an hour more than anybody waits, and what a timer can hold. */
export const GRACE_SECONDS_MAX = 24 * 3600

/** A name of a service, with its package. */
const GRPC_SERVICE_BYTES_MAX = 256

/** Signals of Linux by the names that Kubernetes knows, the real-time ones apart. */
const SIGNALS: ReadonlySet<string> = new Set(
  [
    'ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV STKFLT STOP SYS TERM',
    'TRAP TSTP TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ',
  ]
    .join(' ')
    .split(' ')
    .map((name) => `SIG${name}`),
)

const signal: TextCheck = (name) =>
  SIGNALS.has(name) || /^SIGRT(MIN(\+([1-9]|1[0-5]))?|MAX(-([1-9]|1[0-4]))?)$/.test(name)
    ? undefined
    : 'must be a signal of Linux by its whole name, as SIGTERM or SIGRTMIN+3'

const messagePath: TextCheck = (path) =>
  /^\/[^:\0]{0,4095}$/.test(path) ? undefined : "must be an absolute path without ':'"

/** A command line with more is built by a mistake. */
const ARGUMENTS_MAX = 1000

/** A port by number, or by the name a container gave it. */
export const portReference = (): Schema =>
  numberOrText((value) => {
    if (typeof value === 'string') return portName(value)
    return Number.isInteger(value) && value >= 1 && value <= 65_535 ? undefined : PORT_RANGE
  })

const resourceName: TextCheck = (name) => {
  const why = qualifiedName(name)
  if (why !== undefined || name.includes('/')) return why
  const isStandard = ['cpu', 'memory', 'ephemeral-storage'].includes(name) || name.startsWith('hugepages-')
  return isStandard ? undefined : 'must be a standard resource for containers'
}

const amounts = mapOf(numberOrText(quantityCheck), resourceName, 32)

const keyReference = fields({ name: text(dnsSubdomain), key: required(text()), optional: flag() })

const environmentVariable = fields({
  name: required(text(environmentName)),
  value: text(noNul),
  valueFrom: fields({
    configMapKeyRef: keyReference,
    secretKeyRef: keyReference,
    fieldRef: fieldReference,
    resourceFieldRef: resourceReference,
  }),
})

const namedSource = fields({ name: text(dnsSubdomain), optional: flag() })

const environmentSource = fields({
  prefix: text(environmentName),
  configMapRef: namedSource,
  secretRef: namedSource,
})

const port = fields({
  name: text(portName),
  containerPort: required(portNumber()),
  protocol: byDefault(choice(['TCP', 'UDP', 'SCTP'], ['UDP', 'SCTP']), 'TCP'),
  hostPort: integer(0, 65_535),
  hostIP: text(ipAddress),
})

const httpHeaders = listOf(fields({ name: required(text()), value: text() }))

const httpGet = fields({
  path: byDefault(text(), '/'),
  port: required(portReference()),
  host: later(text()),
  scheme: byDefault(choice(['HTTP', 'HTTPS']), 'HTTP'),
  httpHeaders: httpHeaders,
})

const tcpSocket = fields({ port: required(portReference()), host: later(text()) })
const exec = fields({ command: listOf(text(noNul), { itemsMax: ARGUMENTS_MAX }) })

const probe = fields({
  httpGet,
  tcpSocket,
  exec,
  grpc: fields({ port: required(portNumber()), service: text(noNul, GRPC_SERVICE_BYTES_MAX) }),
  initialDelaySeconds: integer(),
  timeoutSeconds: byDefault(integer(1), 1),
  periodSeconds: byDefault(integer(1), 10),
  successThreshold: byDefault(integer(1), 1),
  failureThreshold: byDefault(integer(1), 3),
  terminationGracePeriodSeconds: integer(1, GRACE_SECONDS_MAX),
})

const hook = fields({
  exec,
  httpGet,
  tcpSocket,
  sleep: fields({ seconds: required(integer(1, GRACE_SECONDS_MAX)) }),
})

export const containerSchema = fields({
  name: required(text(dnsLabel)),
  image: required(text(imageCheck)),
  imagePullPolicy: byDefault(choice(['Always', 'IfNotPresent', 'Never']), (container: Partial<Container>) =>
    defaultPullPolicy(container.image),
  ),
  command: listOf(text(noNul), { itemsMax: ARGUMENTS_MAX }),
  args: listOf(text(noNul), { itemsMax: ARGUMENTS_MAX }),
  workingDir: text(noNul),
  env: listOf(environmentVariable, { keys: ['name'] }),
  envFrom: listOf(environmentSource),
  volumeMounts: listOf(volumeMountSchema, { keys: ['mountPath'] }),
  ports: listOf(port, { keys: ['containerPort', 'protocol'], itemsMax: 256 }),
  resources: byDefault(
    fields({
      limits: amounts,
      requests: byDefault(amounts, (resources: { limits?: unknown }) => resources.limits),
      claims: later(listOf(fields({ name: required(text()), request: text() }), { keys: ['name'] })),
    }),
    {},
  ),
  startupProbe: probe,
  livenessProbe: probe,
  readinessProbe: probe,
  lifecycle: fields({ postStart: hook, preStop: hook, stopSignal: text(signal) }),
  restartPolicy: choice(['Always']),
  stdin: flag(),
  stdinOnce: flag(),
  tty: flag(),
  terminationMessagePath: byDefault(text(messagePath), '/dev/termination-log'),
  terminationMessagePolicy: byDefault(choice(['File', 'FallbackToLogsOnError']), 'File'),
  securityContext: containerSecurityContext,
  ...allLater({
    volumeDevices: listOf(fields({ name: required(text()), devicePath: required(text()) }), { keys: ['devicePath'] }),
    resizePolicy: listOf(fields({ resourceName: required(text()), restartPolicy: required(text()) })),
    restartPolicyRules: anything(),
  }),
})

/** The rules a shape cannot say. Called on containers whose shape is good. */
export function checkContainer(container: Container, at: string, findings: Findings): void {
  const names = new Set<string>()
  container.ports?.forEach(({ name }: ContainerPort, index) => {
    if (name === undefined || name === '') return
    if (names.has(name)) findings.duplicate(`${at}.ports[${index}].name`, name)
    names.add(name)
  })
  checkEnvironment(container, at, findings)
  checkResources(container, at, findings)
  checkContainerSecurity(container, at, findings)
  for (const name of ['readinessProbe', 'livenessProbe', 'startupProbe'] as const) {
    if (container[name] != null) checkProbe(container[name], name, { at: `${at}.${name}`, findings })
  }
  for (const name of ['postStart', 'preStop'] as const) {
    const given = container.lifecycle?.[name]
    if (given != null) checkHandler(given, HOOK_HANDLERS, { at: `${at}.lifecycle.${name}`, findings })
  }
}

/** A value comes from one place, and the place has a name. */
function checkEnvironment({ env, envFrom }: Container, at: string, findings: Findings): void {
  env?.forEach(({ value, valueFrom }, index) => {
    const field = `${at}.env[${index}].valueFrom`
    if (valueFrom === undefined || valueFrom === null) return
    if (value) findings.invalid(field, '', 'may not be specified when `value` is not empty')
    const sources = Object.entries(valueFrom).filter(([, source]) => source != null)
    if (sources.length !== 1) findings.invalid(field, '', 'must specify exactly one source')
    for (const [name, source] of sources) {
      const isNamed = !name.endsWith('KeyRef') || (source as { name?: string }).name
      if (!isNamed) findings.required(`${field}.${name}.name`)
    }
  })
  envFrom?.forEach(({ configMapRef, secretRef }, index) => {
    const field = `${at}.envFrom[${index}]`
    const sources = Object.entries({ configMapRef, secretRef }).filter(([, source]) => source != null)
    if (sources.length !== 1) findings.invalid(field, '', 'must specify one of: `configMapRef` or `secretRef`')
    for (const [name, source] of sources) if (!source?.name) findings.required(`${field}.${name}.name`)
  })
}

function checkResources({ resources }: Container, at: string, findings: Findings): void {
  for (const [name, request] of Object.entries(resources?.requests ?? {})) {
    const limit = resources?.limits?.[name]
    if (limit !== undefined && parseQuantity(request)! > parseQuantity(limit)!) {
      findings.invalid(`${at}.resources.requests`, request, `must be less than or equal to ${name} limit of ${limit}`)
    }
  }
}

const PROBE_HANDLERS = ['httpGet', 'tcpSocket', 'exec', 'grpc'] as const
const HOOK_HANDLERS = ['httpGet', 'tcpSocket', 'exec', 'sleep'] as const

interface Place {
  readonly at: string
  readonly findings: Findings
}

type ProbeName = 'readinessProbe' | 'livenessProbe' | 'startupProbe'

/** [OBJ51] One success is enough to live, and only what ends a container has a grace. */
function checkProbe(probed: Probe, name: ProbeName, place: Place): void {
  const { at, findings } = place
  checkHandler(probed, PROBE_HANDLERS, place)
  const { successThreshold, terminationGracePeriodSeconds } = probed
  if (name === 'readinessProbe') {
    if (terminationGracePeriodSeconds == null) return
    findings.invalid(
      `${at}.terminationGracePeriodSeconds`,
      terminationGracePeriodSeconds,
      'must not be set for readinessProbes',
    )
  } else if (successThreshold != null && successThreshold !== 1) {
    findings.invalid(`${at}.successThreshold`, successThreshold, 'must be 1')
  }
}

type Handlers = Probe & { readonly sleep?: object }

function checkHandler(handler: Handlers, kinds: readonly (keyof Handlers)[], { at, findings }: Place): void {
  const [first, ...more] = kinds.filter((kind) => handler[kind] != null)
  if (first === undefined) findings.required(at, 'must specify a handler type')
  for (const kind of more) findings.forbidden(`${at}.${kind}`, 'may not specify more than 1 handler type')
  if (handler.exec != null && (handler.exec.command ?? []).length === 0) findings.required(`${at}.exec.command`)
  const path = handler.httpGet?.path
  // A probe goes to the pod and nowhere else: what is asked is a path, never an address (B40).
  if (path !== undefined && path !== '' && !/^\/[^\s\0]*$/.test(path)) {
    findings.invalid(`${at}.httpGet.path`, path, "must start with '/' and hold no spaces")
  }
}

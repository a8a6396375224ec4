/**
 * What a fuzzer begins with: a good manifest of every kind that people write, with most of the fields that Shoal takes. What
 * wants a machine wants one that is nowhere, so that nothing that comes of them is ever run.
 *
 * @module
 */

export type Plain = Record<string, unknown>

const NOWHERE = { 'fuzz.shoal.dev/place': 'nowhere' }
const LABELS = { app: 'fuzz', tier: 'front' }

const probe = (what: Plain): Plain => ({ ...what, periodSeconds: 3, timeoutSeconds: 1, failureThreshold: 3 })

const podSpec: Plain = {
  nodeSelector: NOWHERE,
  restartPolicy: 'Always',
  terminationGracePeriodSeconds: 1,
  securityContext: { runAsUser: 1000, runAsNonRoot: true },
  tolerations: [{ key: 'fuzz', operator: 'Exists', effect: 'NoSchedule', tolerationSeconds: 5 }],
  volumes: [
    { name: 'scratch', emptyDir: { sizeLimit: '1Mi' } },
    { name: 'config', configMap: { name: 'fuzz-0', items: [{ key: 'a', path: 'b', mode: 292 }], optional: true } },
    { name: 'secret', secret: { secretName: 'fuzz-0', defaultMode: 420 } },
  ],
  containers: [
    {
      name: 'main',
      image: 'fuzz.invalid/none:1',
      command: ['sleep'],
      args: ['1000'],
      env: [
        { name: 'ONE', value: '1' },
        { name: 'TWO', valueFrom: { configMapKeyRef: { name: 'fuzz-0', key: 'a', optional: true } } },
        { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      ],
      envFrom: [{ prefix: 'X_', secretRef: { name: 'fuzz-0', optional: true } }],
      ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
      resources: { requests: { cpu: '900', memory: '16Mi' }, limits: { cpu: '1000', memory: '64Mi' } },
      volumeMounts: [{ name: 'scratch', mountPath: '/scratch', readOnly: true }],
      readinessProbe: probe({ httpGet: { path: '/', port: 'http', httpHeaders: [{ name: 'X-Fuzz', value: '1' }] } }),
      livenessProbe: probe({ tcpSocket: { port: 8080 } }),
      startupProbe: probe({ exec: { command: ['true'] } }),
      lifecycle: { preStop: { exec: { command: ['true'] } } },
      securityContext: { readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
    },
  ],
}

/** By kind, without name and namespace. */
export const MANIFESTS: Readonly<Record<string, Plain>> = {
  Deployment: {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { labels: LABELS, annotations: { 'shoal.dev/rollback': 'off', note: 'a note' } },
    spec: {
      replicas: 2,
      revisionHistoryLimit: 3,
      progressDeadlineSeconds: 600,
      minReadySeconds: 1,
      paused: false,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: 1 } },
      selector: {
        matchLabels: { app: 'fuzz' },
        matchExpressions: [{ key: 'tier', operator: 'In', values: ['front'] }],
      },
      template: { metadata: { labels: LABELS }, spec: podSpec },
    },
  },
  Pod: { apiVersion: 'v1', kind: 'Pod', metadata: { labels: LABELS }, spec: podSpec },
  Service: {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { labels: LABELS },
    spec: {
      type: 'ClusterIP',
      selector: { app: 'fuzz' },
      sessionAffinity: 'None',
      ports: [
        { name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' },
        { name: 'metrics', port: 9090, targetPort: 9090 },
      ],
    },
  },
  Namespace: { apiVersion: 'v1', kind: 'Namespace', metadata: { labels: { team: 'fuzz' }, annotations: { a: 'b' } } },
  ConfigMap: {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { labels: LABELS, finalizers: [], ownerReferences: [] },
    data: { a: 'one', 'b.conf': 'two\nlines' },
    binaryData: { c: 'AAEC' },
    immutable: false,
  },
  Secret: {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { labels: LABELS },
    type: 'Opaque',
    data: { a: 'b25l' },
    stringData: { b: 'two' },
  },
  ServiceAccount: {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { labels: LABELS },
    imagePullSecrets: [{ name: 'pull' }],
    secrets: [{ name: 'token' }],
    automountServiceAccountToken: false,
  },
  PodDisruptionBudget: {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { labels: LABELS },
    spec: { minAvailable: 1, selector: { matchLabels: { app: 'fuzz' } }, unhealthyPodEvictionPolicy: 'AlwaysAllow' },
  },
  HorizontalPodAutoscaler: {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { labels: LABELS },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'nobody' },
      minReplicas: 1,
      maxReplicas: 3,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } },
      ],
      behavior: {
        scaleDown: { stabilizationWindowSeconds: 0, policies: [{ type: 'Pods', value: 1, periodSeconds: 15 }] },
      },
    },
  },
  Node: {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { labels: { disk: 'fast' } },
    spec: { taints: [{ key: 'fuzz', effect: 'NoSchedule' }] },
  },
  Scale: { apiVersion: 'autoscaling/v1', kind: 'Scale', spec: { replicas: 1 } },
  Eviction: { apiVersion: 'policy/v1', kind: 'Eviction', deleteOptions: { gracePeriodSeconds: 0 } },
  DeleteOptions: {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    propagationPolicy: 'Background',
    gracePeriodSeconds: 0,
    preconditions: { uid: 'none' },
    dryRun: ['All'],
  },
  SelfSubjectAccessReview: {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes: { namespace: 'default', verb: 'get', group: 'apps', resource: 'deployments' } },
  },
  SelfSubjectRulesReview: {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectRulesReview',
    spec: { namespace: 'default' },
  },
  SelfSubjectReview: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
}

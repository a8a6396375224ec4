/**
 * Definitions that people bring, written by hand: that of Kubernetes' documentation, and one in the shape that operators have.
 *
 * @module
 */
type Json = Readonly<Record<string, unknown>>

/** `CronTab`, as in Kubernetes' documentation, of a group for each test. */
export function cronTabs(group: string): Json {
  return definition({
    group,
    kind: 'CronTab',
    shortNames: ['ct'],
    version: {
      name: 'v1',
      served: true,
      storage: true,
      schema: {
        openAPIV3Schema: {
          type: 'object',
          properties: {
            spec: {
              type: 'object',
              description: 'What it runs, and when.',
              properties: {
                cronSpec: {
                  type: 'string',
                  description: 'When it runs, in five fields.',
                  pattern: '^(\\d+|\\*)(/\\d+)?(\\s+(\\d+|\\*)(/\\d+)?){4}$',
                },
                image: { type: 'string' },
                replicas: { type: 'integer', minimum: 1, maximum: 10, default: 1 },
              },
            },
            status: {
              type: 'object',
              properties: { replicas: { type: 'integer' }, labelSelector: { type: 'string' } },
            },
          },
        },
      },
      subresources: {
        status: {},
        scale: {
          specReplicasPath: '.spec.replicas',
          statusReplicasPath: '.status.replicas',
          labelSelectorPath: '.status.labelSelector',
        },
      },
      additionalPrinterColumns: [
        { name: 'Spec', type: 'string', description: 'When it runs', jsonPath: '.spec.cronSpec' },
        { name: 'Replicas', type: 'integer', description: 'How many', jsonPath: '.spec.replicas' },
        { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
      ],
    },
  })
}

const SELECTOR = {
  type: 'object',
  'x-kubernetes-map-type': 'atomic',
  properties: {
    matchLabels: { type: 'object', additionalProperties: { type: 'string' } },
    matchExpressions: {
      type: 'array',
      items: {
        type: 'object',
        required: ['key', 'operator'],
        properties: {
          key: { type: 'string' },
          operator: { type: 'string' },
          values: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'atomic' },
        },
      },
    },
  },
}

/** In the shape of a monitor of Prometheus' operator: numbers or texts, lists with keys, a quantity, conditions. */
export function monitors(group: string): Json {
  return definition({
    group,
    kind: 'Monitor',
    shortNames: ['mon'],
    version: {
      name: 'v1',
      served: true,
      storage: true,
      subresources: { status: {} },
      additionalPrinterColumns: [
        { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
        { name: 'First', type: 'string', jsonPath: '.spec.endpoints[0].port', priority: 1 },
      ],
      schema: {
        openAPIV3Schema: {
          type: 'object',
          required: ['spec'],
          properties: {
            apiVersion: { type: 'string' },
            kind: { type: 'string' },
            metadata: { type: 'object' },
            spec: {
              type: 'object',
              required: ['endpoints', 'selector'],
              properties: {
                selector: SELECTOR,
                endpoints: {
                  type: 'array',
                  minItems: 1,
                  'x-kubernetes-list-type': 'map',
                  'x-kubernetes-list-map-keys': ['port'],
                  items: {
                    type: 'object',
                    required: ['port'],
                    properties: {
                      port: { type: 'string' },
                      targetPort: {
                        anyOf: [{ type: 'integer' }, { type: 'string' }],
                        'x-kubernetes-int-or-string': true,
                      },
                      interval: { type: 'string', pattern: '^(0|(([0-9]+)h)?(([0-9]+)m)?(([0-9]+)s)?(([0-9]+)ms)?)$' },
                      scheme: { type: 'string', enum: ['http', 'https'], default: 'http' },
                      params: { type: 'object', additionalProperties: { type: 'array', items: { type: 'string' } } },
                    },
                  },
                },
                template: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
              },
            },
            status: {
              type: 'object',
              properties: {
                conditions: {
                  type: 'array',
                  'x-kubernetes-list-type': 'map',
                  'x-kubernetes-list-map-keys': ['type'],
                  items: {
                    type: 'object',
                    required: ['type', 'status'],
                    properties: { type: { type: 'string' }, status: { type: 'string' }, reason: { type: 'string' } },
                  },
                },
              },
            },
          },
        },
      },
    },
  })
}

interface Kind {
  readonly group: string
  readonly kind: string
  readonly shortNames: readonly string[]
  readonly version: Json
}

function definition({ group, kind, shortNames, version }: Kind): Json {
  const singular = kind.toLowerCase()
  const plural = `${singular}s`
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: { group, scope: 'Namespaced', names: { plural, singular, kind, shortNames }, versions: [version] },
  }
}

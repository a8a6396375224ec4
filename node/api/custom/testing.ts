/**
 * Definitions and objects of theirs as tests write them. For tests only.
 *
 * @module
 */
import { Asker, type Loose } from '../testing.ts'

export const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
export const CRON_TABS = '/apis/stable.example.com/v1/namespaces/default/crontabs'

/** That of Kubernetes' own documentation, with a status and a scale. */
export function cronTabs(changes: Loose = {}, spec: Loose = {}): Loose {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'crontabs.stable.example.com' },
    spec: {
      group: 'stable.example.com',
      scope: 'Namespaced',
      names: { plural: 'crontabs', singular: 'crontab', kind: 'CronTab', shortNames: ['ct'], categories: ['all'] },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', properties: { spec: cronTabSpec(), status: cronTabStatus() } } },
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
            { name: 'Replicas', type: 'integer', jsonPath: '.spec.replicas' },
            { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
          ],
          ...changes,
        },
      ],
      ...spec,
    },
  }
}

function cronTabSpec(): Loose {
  return {
    type: 'object',
    description: 'What it runs, and when.',
    required: ['cronSpec'],
    properties: {
      cronSpec: { type: 'string', pattern: '^(\\d+|\\*)(/\\d+)?(\\s+(\\d+|\\*)(/\\d+)?){4}$' },
      image: { type: 'string', default: 'cron:1' },
      replicas: { type: 'integer', minimum: 1, maximum: 10 },
      policy: { type: 'string', enum: ['Allow', 'Forbid'] },
      when: { type: 'string', format: 'date-time' },
      port: { 'x-kubernetes-int-or-string': true },
      ports: {
        type: 'array',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['name'],
        items: {
          type: 'object',
          required: ['name'],
          properties: { name: { type: 'string', minLength: 1 }, number: { type: 'integer' } },
        },
      },
      hosts: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
      free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      labels: { type: 'object', additionalProperties: { type: 'string' } },
    },
  }
}

function cronTabStatus(): Loose {
  return {
    type: 'object',
    properties: { replicas: { type: 'integer' }, labelSelector: { type: 'string' }, phase: { type: 'string' } },
  }
}

export function cronTab(name = 'tab', spec: Loose = {}): Loose {
  return {
    apiVersion: 'stable.example.com/v1',
    kind: 'CronTab',
    metadata: { name },
    spec: { cronSpec: '* * * * */5', image: 'my-awesome-cron-image', ...spec },
  }
}

/** A node that the definition has come to. */
export async function defined(definition: Loose = cronTabs(), asker = new Asker()): Promise<Asker> {
  const { status, value } = await asker.ask(`POST ${DEFINITIONS}`, { body: definition })
  if (status !== 201) throw new Error(`the definition was refused: ${JSON.stringify(value)}`)
  return asker
}

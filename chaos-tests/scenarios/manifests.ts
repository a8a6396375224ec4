/**
 * What the scenarios run: a web server of a few lines that says which pod answered, and its Service.
 *
 * @module
 */
import type { KubeObject } from '../../crdt/index.ts'
import type { ProcessNode } from '../real/process-cluster.ts'

export const NODE_PORT = 30_080

const PROGRAM = `
const { createServer } = require('node:http')
const { POD_NAME, HOST, PORT } = process.env
const server = createServer((_, response) => response.end(POD_NAME))
server.listen(Number(PORT), HOST, () => console.log('serving as ' + POD_NAME))
process.on('SIGTERM', () => process.exit(0))
`

export function webDeployment({ name = 'web', replicas }: { name?: string; replicas: number }): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default', labels: { app: name } },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          terminationGracePeriodSeconds: 1,
          containers: [
            {
              name: 'web',
              image: 'shoal.dev/demo:1',
              command: ['node', '--max-old-space-size=32', '-e', PROGRAM],
              env: [{ name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
              ports: [{ name: 'http', containerPort: 8080 }],
              resources: { requests: { cpu: '10m', memory: '32Mi' } },
            },
          ],
        },
      },
    },
  }
}

export function webService(name = 'web', nodePort = NODE_PORT): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default' },
    spec: {
      type: 'NodePort',
      selector: { app: name },
      ports: [{ name: 'http', port: 80, targetPort: 'http', nodePort }],
    },
  }
}

export const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments'
export const SERVICES = '/api/v1/namespaces/default/services'
export const NAMESPACES = '/api/v1/namespaces'

export async function deployWeb(via: ProcessNode, replicas: number): Promise<void> {
  await via.ok('POST', DEPLOYMENTS, webDeployment({ replicas }))
  await via.ok('POST', SERVICES, webService())
}

/** An object that costs nobody anything but its own being there. */
export function namespaceNamed(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }
}

export async function patch(via: ProcessNode, path: string, merge: unknown): Promise<void> {
  await via.ok('PATCH', path, merge, 'application/merge-patch+json')
}

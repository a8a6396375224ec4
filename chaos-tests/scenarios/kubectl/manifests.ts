/**
 * What the commands of the table make, and change.
 *
 * @module
 */

/** A Deployment that says `started` and stays, on nodes that run processes. */
export function staying(name: string, { replicas = 1, script = 'echo started; sleep 100000' } = {}): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels: { app: name } },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          runtimeClassName: 'process',
          terminationGracePeriodSeconds: 1,
          containers: [
            {
              name: 'main',
              image: 'shoal.dev/demo:1',
              command: ['sh', '-c', script],
              ports: [{ containerPort: 8080 }],
              resources: { requests: { cpu: '10m' } },
            },
          ],
        },
      },
    },
  }
}

/** A Pod of its own, on one node if it is named. */
export function alone(name: string, { node, script = 'echo started; sleep 100000' }: AloneOptions = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { alone: name } },
    spec: {
      runtimeClassName: 'process',
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 1,
      ...(node === undefined ? {} : { nodeSelector: { 'kubernetes.io/hostname': node } }),
      containers: [{ name: 'main', image: 'shoal.dev/demo:1', stdin: true, command: ['sh', '-c', script] }],
    },
  }
}

interface AloneOptions {
  readonly node?: string
  readonly script?: string
}

export function configMap(name: string, data: Readonly<Record<string, string>> = { colour: 'green' }): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data }
}

/**
 * Managers that apply and change one Deployment or ConfigMap. For tests only.
 *
 * @module
 */
import { Asker, DEPLOYMENTS, deployment, type Loose } from '../testing.ts'

export const APPLY = 'application/apply-patch+yaml'
export const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps'

export interface Answer {
  readonly status: number
  readonly value: Loose
  readonly change: string | undefined
}

export class Appliers {
  readonly asker: Asker

  constructor(asker = new Asker()) {
    this.asker = asker
  }

  async send(line: string, body: unknown, contentType = APPLY): Promise<Answer> {
    const { status, value, response } = await this.asker.ask(line, { body, contentType })
    if (this.asker.faults.length > 0) throw this.asker.faults[0]
    return { status, value, change: response.headers['shoal-change'] }
  }

  /** A ConfigMap `c` with this data. */
  data(manager: string, data: Loose, query = ''): Promise<Answer> {
    return this.send(`PATCH ${CONFIG_MAPS}/c?fieldManager=${manager}${query}`, configMap(data))
  }

  /** The Deployment `web` as it is given. */
  web(manager: string, manifest: Loose, query = ''): Promise<Answer> {
    return this.send(`PATCH ${DEPLOYMENTS}/web?fieldManager=${manager}${query}`, manifest)
  }

  async shown(path = `${CONFIG_MAPS}/c`): Promise<Loose> {
    return (await this.asker.ask(`GET ${path}`)).value
  }

  /** What a manager has of the ConfigMap or another object: dotted paths. */
  async has(manager: string, path?: string): Promise<string[]> {
    const { metadata } = await this.shown(path)
    const entry = (metadata.managedFields ?? []).find((each: Loose) => each.manager === manager)
    return entry === undefined ? [] : dotted(entry.fieldsV1)
  }
}

function dotted(fields: Loose, above = ''): string[] {
  return Object.entries(fields).flatMap(([name, below]) => {
    const path = name === '.' ? above : `${above}/${name}`
    return Object.keys(below as object).length === 0 ? [path] : dotted(below, path)
  })
}

export const configMap = (data: Loose, metadata: Loose = {}): Loose => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'c', ...metadata },
  data,
})

/** `web` with this in the spec of its pods, and no replicas. */
export function web(pod: Loose, spec: Loose = {}): Loose {
  const whole = deployment('web', spec)
  if (spec.replicas === undefined) delete whole['spec'].replicas
  whole['spec'].template.spec = pod
  return whole
}

/** A part of `web`, without what every Deployment has to say. */
export const part = (spec: Loose, metadata: Loose = {}): Loose => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', ...metadata },
  ...(spec === undefined ? {} : { spec }),
})

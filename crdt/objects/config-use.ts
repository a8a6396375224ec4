/**
 * Which ConfigMaps and Secrets the pods of a template read, and what those contain at some moment.
 *
 * @module
 */
import { documentKey, type DocumentKey } from '../key.ts'

export type ConfigKind = 'ConfigMap' | 'Secret'

export interface ConfigReference {
  readonly kind: ConfigKind
  readonly name: string
}

/** `ConfigMap/app` or `Secret/db`, of the namespace of who reads it, with the name of its content. */
export type Contents = Readonly<Record<string, string>>

/** How the content of a ConfigMap or Secret is called; undefined where there is none of that key. */
export type ContentHashOf = (key: DocumentKey) => string | undefined

interface Named {
  readonly name?: string | undefined
}

interface Reader {
  readonly env?: readonly {
    readonly valueFrom?: { readonly configMapKeyRef?: Named; readonly secretKeyRef?: Named }
  }[]
  readonly envFrom?: readonly { readonly configMapRef?: Named; readonly secretRef?: Named }[]
}

/** As much of a template as says what its pods read. */
interface ReadingTemplate {
  readonly spec: {
    readonly initContainers?: readonly Reader[]
    readonly containers: readonly Reader[]
    readonly volumes?: readonly {
      readonly configMap?: Named
      readonly secret?: { readonly secretName?: string | undefined }
      readonly projected?: {
        readonly sources?: readonly { readonly configMap?: Named; readonly secret?: Named }[]
      }
    }[]
  }
}

/** Each once, in the order in which the template names them. */
export function configsOf({ spec }: ReadingTemplate): readonly ConfigReference[] {
  const found = new Map<string, ConfigReference>()
  const add = (kind: ConfigKind, name: string | undefined): void => {
    if (name) found.set(referenceText({ kind, name }), { kind, name })
  }
  for (const container of [...(spec.initContainers ?? []), ...spec.containers]) {
    for (const { valueFrom } of container.env ?? []) {
      add('ConfigMap', valueFrom?.configMapKeyRef?.name)
      add('Secret', valueFrom?.secretKeyRef?.name)
    }
    for (const { configMapRef, secretRef } of container.envFrom ?? []) {
      add('ConfigMap', configMapRef?.name)
      add('Secret', secretRef?.name)
    }
  }
  for (const { configMap, secret, projected } of spec.volumes ?? []) {
    add('ConfigMap', configMap?.name)
    add('Secret', secret?.secretName)
    for (const source of projected?.sources ?? []) {
      add('ConfigMap', source.configMap?.name)
      add('Secret', source.secret?.name)
    }
  }
  return [...found.values()]
}

export const configDocument = ({ kind, name }: ConfigReference, namespace: string): DocumentKey =>
  documentKey({ group: '', kind, namespace, name })

const referenceText = ({ kind, name }: ConfigReference): string => `${kind}/${name}`

/** Undefined for what is no such text. */
export function parseReference(text: string): ConfigReference | undefined {
  const [kind, name = '', ...rest] = text.split('/')
  if ((kind !== 'ConfigMap' && kind !== 'Secret') || name === '' || rest.length > 0) return undefined
  return { kind, name }
}

/** What is read by the template, as far as it is there. */
export function contentsNow(
  template: ReadingTemplate,
  { namespace, contentHash }: { namespace: string; contentHash: ContentHashOf },
): Contents {
  const now = configsOf(template).map((reference): [string, string | undefined] => [
    referenceText(reference),
    contentHash(configDocument(reference, namespace)),
  ])
  return Object.fromEntries(now.filter((entry): entry is [string, string] => entry[1] !== undefined))
}

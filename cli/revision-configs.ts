/**
 * The ConfigMaps and Secrets that a revision was rolled out with, in words. Pure.
 *
 * @module
 */

export interface UsedConfig {
  readonly kind: string
  readonly name: string
  /** How it stands to what is in force now. */
  readonly is: string
  /** Of a ConfigMap, where it is known. */
  readonly data?: Readonly<Record<string, string>>
  readonly binaryData?: Readonly<Record<string, string>>
  /** Of a Secret. */
  readonly keys?: readonly string[]
}

export interface RevisionConfigs {
  readonly number: number
  readonly configs: readonly UsedConfig[]
}

const WORDS: Readonly<Record<string, string>> = {
  same: 'as it is now',
  differs: 'differs from now',
  dropped: 'differs from now, not kept any more',
  deleted: 'deleted',
  immutable: 'differs from now, which is immutable',
  locked: 'differs from now, does not open here',
}

const wordsOf = ({ is }: UsedConfig): string => WORDS[is] ?? is

/** [CLI131] In one line: what is as it was is only named. */
export function configsText(configs: readonly UsedConfig[]): string {
  return configs
    .map((config) => `${config.kind}/${config.name}${config.is === 'same' ? '' : ` (${wordsOf(config)})`}`)
    .join(', ')
}

/** [CLI131] What a revision runs, and with what. Of Secrets the node tells nothing but the keys. */
export function withConfigs(template: unknown, configs: readonly UsedConfig[]): object {
  const rows = configs.map((config): [string, object] => {
    const { kind, name, is: _, ...content } = config
    return [`${kind}/${name}`, { is: wordsOf(config), ...content }]
  })
  return { ...(template as object), config: Object.fromEntries(rows) }
}

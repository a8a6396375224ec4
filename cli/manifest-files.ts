/**
 * Where manifests come from: files, directories (every .yaml, .yml and .json in it, by name), or `-` for standard input.
 *
 * @module
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { CommandFailure } from './failure.ts'
import { parseManifests } from './manifest.ts'
import type { Manifest } from './manifest.ts'
import type { Mistakes } from './mistakes.ts'

/** Files below one directory; more is a wrong directory. */
const FILES_MAX = 1_000

/** All that can be read; the rest is a mistake of its file. */
export function readManifests(
  sources: readonly string[],
  { recursive = false, mistakes }: { recursive?: boolean | undefined; mistakes: Mistakes },
): readonly Manifest[] {
  const files = sources.flatMap((source) => filesOf(source, recursive))
  if (files.length > FILES_MAX)
    throw new CommandFailure(`${sources.join(', ')}: has ${files.length} manifests, at most ${FILES_MAX} are read`)
  const manifests = files.flatMap((path) => {
    const file = path === '-' ? 'stdin' : path
    return mistakes.collect(file, () => parseManifests(textOf(path), file, mistakes)) ?? []
  })
  if (manifests.length === 0) mistakes.assertNone()
  if (manifests.length === 0) throw new CommandFailure(`${sources.join(', ')}: no objects in there`)
  return manifests
}

function filesOf(source: string, recursive: boolean): readonly string[] {
  if (source === '-' || !isDirectory(source)) return [source]
  const entries = readdirSync(source, { withFileTypes: true }).toSorted((one, other) =>
    one.name < other.name ? -1 : 1,
  )
  return entries.flatMap((entry) => {
    const path = join(source, entry.name)
    if (isDirectory(path)) return recursive ? filesOf(path, true) : []
    return /\.(ya?ml|json)$/i.test(entry.name) ? [path] : []
  })
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    throw new CommandFailure(
      code === 'ENOENT'
        ? `${path}: there is no such file or directory`
        : `${path}: cannot be read: ${(error as Error).message}`,
    )
  }
}

function textOf(file: string): string {
  try {
    const bytes = readFileSync(file === '-' ? 0 : file)
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    const why = error instanceof TypeError ? 'is not UTF-8 text' : `cannot be read: ${(error as Error).message}`
    throw new CommandFailure(`${file === '-' ? 'stdin' : file}: ${why}`)
  }
}

/**
 * The catalogue of mutations. A new one is an entry in one of its files.
 *
 * @module
 */
import { DECIDING } from './deciding.ts'
import { KEEPING } from './keeping.ts'
import type { Mutation } from './mutation.ts'
import { STATE } from './state.ts'

export const MUTATIONS: readonly Mutation[] = [...STATE, ...KEEPING, ...DECIDING]

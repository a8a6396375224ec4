import { expect, test } from 'vitest'
import { apiVersionOf, Kinds, pathOf, type KindInfo } from './kinds.ts'

const BUDGET: KindInfo = {
  group: 'policy',
  version: 'v1',
  kind: 'PodDisruptionBudget',
  plural: 'poddisruptionbudgets',
  singular: 'poddisruptionbudget',
  shortNames: ['pdb'],
  namespaced: true,
  verbs: ['create'],
  writable: true,
  olderVersions: ['v1beta1'],
}

test('[CLI102] a manifest may have an older version that the node takes', () => {
  const kinds = new Kinds([BUDGET])
  const asked = kinds.ofManifest({ apiVersion: 'policy/v1beta1', kind: 'PodDisruptionBudget' }, 'a.yaml:1')
  expect([apiVersionOf(asked), pathOf(asked, 'shop')]).toEqual([
    'policy/v1beta1',
    '/apis/policy/v1beta1/namespaces/shop/poddisruptionbudgets',
  ])
  expect(kinds.named('pdb')).toBe(BUDGET)
  const none = (): unknown => kinds.ofManifest({ apiVersion: 'policy/v2', kind: 'PodDisruptionBudget' }, 'a.yaml:1')
  expect(none).toThrow('a.yaml:1: no kind "PodDisruptionBudget" in apiVersion "policy/v2": PodDisruptionBudget is served as policy/v1') // prettier-ignore
})

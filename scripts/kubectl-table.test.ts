import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { DOCUMENT, documentWithTable, normal, ROWS } from './kubectl-table.ts'

test('[KUBE40] docs/kubectl.md has the table of commands as it is run', () => {
  const document = readFileSync(DOCUMENT, 'utf8')
  expect(normal(document), 'run: node --import tsx scripts/kubectl-table.ts && npx oxfmt docs/kubectl.md').toBe(
    normal(documentWithTable(document)),
  )
})

test('[KUBE40] each row says what has to come of it', () => {
  const silent = ROWS.filter(({ out, err, code }) => out === undefined && err === undefined && code === undefined)
  // To succeed is what they have to show: cp says nothing, and what is not there is not waited for.
  expect(
    silent
      .map(({ command }) => command)
      .filter((command) => !/^(cp|wait .*--for=delete|delete .*--ignore-not-found)/.test(command)),
  ).toEqual([])
  expect(ROWS.length).toBeGreaterThan(105)
})

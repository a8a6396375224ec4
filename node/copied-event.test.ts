import { expect, test } from 'vitest'
import { copiedEvent } from './copied-event.ts'

test('[REC11] people are told what was seen, and how to mend it', () => {
  const event = copiedEvent(
    { key: 'apps/Deployment/default/web', atMs: Date.UTC(2026, 10, 21) },
    { key: 'core/Node//blue', dataDir: '/var/lib/shoal' },
  )
  expect(event).toMatchObject({ type: 'Warning', reason: 'IdentityCopied', about: 'core/Node//blue' })
  expect(event.message).toBe(
    'another process writes as this node (apps/Deployment/default/web, at 2026-11-21T00:00:00Z): it runs on a copy of /var/lib/shoal. End one of the two and let that machine join anew with a fresh data directory: shoal join TICKET --data-dir DIR',
  )
})

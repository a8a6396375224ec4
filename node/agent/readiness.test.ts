import { describe, expect, test } from 'vitest'
import {
  adoptReadiness,
  beginReadiness,
  FIRST_PORT_WAIT_MS,
  probed,
  readinessRule,
  type Readiness,
} from './readiness.ts'
import type { ProbeAnswer } from './probe-rule.ts'
import type { ContainerSpec, Probe } from './template.ts'

const YES: ProbeAnswer = { ok: true }
const NO: ProbeAnswer = { ok: false, reason: 'refused' }

function container(change: Partial<ContainerSpec> = {}): ContainerSpec {
  return { name: 'web', image: 'web', ...change }
}

function withProbe(change: Partial<Probe> = {}): Readiness {
  const readinessProbe = { httpGet: { port: 8080 }, periodSeconds: 10, failureThreshold: 3, ...change }
  return beginReadiness(readinessRule(container({ readinessProbe })), 0)
}

/** Gives the answers, each at the instant it was asked for; returns what was thought after each. */
function answerAll(start: Readiness, answers: readonly ProbeAnswer[]): Readiness[] {
  const all: Readiness[] = []
  let now = start
  for (const answer of answers) {
    now = probed(now, answer, now.nextProbeMs ?? Number.NaN)
    all.push(now)
  }
  return all
}

describe('without a probe', () => {
  test('[RDY1] a container without TCP ports is ready when it runs', () => {
    const udp = container({ ports: [{ containerPort: 53, protocol: 'UDP' }] })
    for (const spec of [container(), udp]) {
      expect(beginReadiness(readinessRule(spec), 5)).toMatchObject({ ready: true, nextProbeMs: undefined })
    }
  })

  test('[RDY2] one with a TCP port is ready once its first port accepts', () => {
    const rule = readinessRule(container({ ports: [{ containerPort: 8080 }, { containerPort: 9090 }] }))
    expect(rule).toMatchObject({ target: { kind: 'tcp', port: 8080 } })
    const [first, second] = answerAll(beginReadiness(rule, 0), [NO, YES])
    expect(first).toMatchObject({ ready: false, nextProbeMs: 50 })
    expect(second).toMatchObject({ ready: true, nextProbeMs: undefined })
  })

  test('[RDY2] or after 1 s, whatever its port says', () => {
    const begun = beginReadiness(readinessRule(container({ ports: [{ containerPort: 8080 }] })), 0)
    const all = answerAll(
      begun,
      Array.from({ length: 21 }, () => NO),
    )
    expect(all.map(({ ready }) => ready).indexOf(true)).toBe(20)
    expect(all[19]?.nextProbeMs).toBe(FIRST_PORT_WAIT_MS)
  })
})

describe('with a probe', () => {
  test('[RDY3] the first question is asked after the initial delay', () => {
    expect(withProbe({ initialDelaySeconds: 3 })).toMatchObject({ ready: false, nextProbeMs: 3_000 })
  })

  test('[RDY3] it is ready after so many successes in a row, and unready after so many failures in a row', () => {
    const start = withProbe({ successThreshold: 2, failureThreshold: 3 })
    const ready = answerAll(start, [YES, NO, YES, YES, NO, NO, YES, NO, NO, NO, YES]).map((one) => one.ready)
    expect(ready).toEqual([false, false, false, true, true, true, true, true, true, false, false])
  })

  test('[RDY3] a ready container is asked once a period', () => {
    expect(answerAll(withProbe(), [YES, YES]).map((one) => one.nextProbeMs)).toEqual([10_000, 20_000])
  })

  test('[RDY4] until the first success it is asked more often, up to its period', () => {
    const asked = answerAll(withProbe({ periodSeconds: 1 }), [NO, NO, NO, NO, NO, NO]).map((one) => one.nextProbeMs)
    expect(asked).toEqual([100, 300, 700, 1_500, 2_500, 3_500])
  })

  test('[RDY3] why it is not ready is said in words', () => {
    expect(answerAll(withProbe(), [NO])[0]?.message).toBe('readiness probe failed: refused')
  })

  test('[RDY5] an adopted run that was ready stays ready until it fails', () => {
    const adopted = adoptReadiness(withProbe().rule, 100)
    expect(adopted).toMatchObject({ ready: true, nextProbeMs: 100 })
    expect(answerAll(adopted, [NO, NO, NO]).map((one) => one.ready)).toEqual([true, true, false])
  })
})

describe('what is asked', () => {
  const ports = [{ name: 'http', containerPort: 8080 }]

  test.each<{ probe: Probe; rule: object }>([
    { probe: { httpGet: { port: 'http', path: '/ok' } }, rule: { target: { kind: 'http', port: 8080, path: '/ok' } } },
    { probe: { httpGet: { port: 81 } }, rule: { target: { kind: 'http', port: 81, path: '/', headers: [] } } },
    { probe: { tcpSocket: { port: 'http' } }, rule: { kind: 'probe', target: { kind: 'tcp', port: 8080 } } },
    {
      probe: { httpGet: { port: 8443, scheme: 'HTTPS' } },
      rule: { kind: 'probe', target: { kind: 'http', port: 8443, isSecure: true } },
    },
    { probe: { grpc: { port: 50_051 } }, rule: { target: { kind: 'grpc', port: 50_051, service: '' } } },
    { probe: { exec: { command: ['true'] } }, rule: { target: { kind: 'exec', command: ['true'] } } },
    { probe: { timeoutSeconds: 3, tcpSocket: { port: 1 } }, rule: { timeoutMs: 3_000, periodMs: 10_000 } },
  ])('[RDY6] $probe', ({ probe, rule }) => {
    expect(readinessRule(container({ ports, readinessProbe: probe }))).toMatchObject(rule)
  })

  test('[RDY6] a probe of a port nobody named counts as none', () => {
    for (const readinessProbe of [{ tcpSocket: { port: 'nobody' } }]) {
      expect(readinessRule(container({ ports, readinessProbe })).kind).toBe('first-port')
      expect(readinessRule(container({ readinessProbe })).kind).toBe('running')
    }
  })
})

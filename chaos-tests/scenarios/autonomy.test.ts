import { expect, test } from 'vitest'
import { waitFor } from '../real/process-cluster.ts'
import { REALISED_MS, STARTED_MS, waitSettled } from './facts.ts'
import { stretched } from '../real/patience.ts'
import { runsBelow } from '../real/runs.ts'
import { DEPLOYMENTS, deployWeb, patch, webDeployment } from './manifests.ts'
import { doorOf, stage, traffic } from './stage.ts'

test('[P11, ALONE1] a node alone does everything: it places, serves, scales, mends and deletes', async () => {
  const { cluster, nodes } = await stage(1)
  const { directory } = cluster
  const [amber] = nodes
  await deployWeb(amber!, 2)
  await waitSettled(nodes, { app: 'web', replicas: 2, withinMs: STARTED_MS, directory })
  const requests = traffic({ targets: [doorOf(amber!)], perSecond: 20 })
  await requests.flows([doorOf(amber!)])

  await patch(amber!, `${DEPLOYMENTS}/web`, { spec: { replicas: 4 } })
  await waitSettled(nodes, { app: 'web', replicas: 4, withinMs: REALISED_MS, directory })
  const [run] = runsBelow(directory)
  for (const { pid } of run!.processes) process.kill(pid, 'SIGKILL')
  await waitFor('the pod that died to run again', stretched(REALISED_MS), () => {
    const again = runsBelow(directory).find(({ uid }) => uid === run!.uid)
    return again !== undefined && again.mark !== run!.mark
  })
  await waitSettled(nodes, { app: 'web', replicas: 4, withinMs: REALISED_MS, directory })

  await amber!.ok('DELETE', `${DEPLOYMENTS}/web`)
  await waitFor('no pod to run', stretched(REALISED_MS), () => runsBelow(directory).length === 0)
})

test('[P2, P3, P5, ALONE2] the one of two nodes that is left takes orders, carries them out, and says how durable they are', async () => {
  const { cluster, nodes } = await stage(2)
  const { directory } = cluster
  const [amber, basil] = nodes
  await deployWeb(amber!, 2)
  await waitSettled(nodes, { app: 'web', replicas: 2, withinMs: STARTED_MS, directory })
  await amber!.killAll()

  const created = await basil!.api('POST', DEPLOYMENTS, webDeployment({ name: 'later', replicas: 2 }))
  expect(created.status).toBe(201)
  expect(String(created.headers['warning'])).toMatch(/on 1 of 2 disks/)
  await waitFor(
    'both Deployments to run on the node that is left',
    stretched(REALISED_MS),
    () => runsBelow(directory).length === 4,
  )
  expect(runsBelow(directory).every(({ node }) => node === basil!.name)).toBe(true)
})

test('[P11, ALONE3] a node that boots with no network brings its pods back from its own disk, and serves them', async () => {
  const { cluster, nodes, lab } = await stage(2, { inLab: true })
  const { directory } = cluster
  const [amber, basil] = nodes
  await deployWeb(amber!, 4)
  await waitSettled(nodes, { app: 'web', replicas: 4, withinMs: STARTED_MS, directory })
  const victim = [basil!, amber!].find(({ name }) => runsBelow(directory).some(({ node }) => node === name))!
  const own = runsBelow(directory).filter(({ node }) => node === victim.name)

  await victim.killAll()
  lab!.unplug(victim.machine!)
  await waitFor('its pods to be gone', stretched(5_000), () =>
    runsBelow(directory).every(({ node }) => node !== victim.name),
  )
  await victim.restart()
  await waitFor('its own pods to run again', stretched(REALISED_MS), () => {
    const now = runsBelow(directory).filter(({ node }) => node === victim.name)
    return own.every(({ uid }) => now.some((run) => run.uid === uid))
  })
  await waitSettled([victim], { app: 'web', replicas: 4, withinMs: REALISED_MS, directory, on: [victim.name] })
  const requests = traffic({ targets: [doorOf(victim)], perSecond: 20, from: victim.machine! })
  await requests.flows([doorOf(victim)])
})

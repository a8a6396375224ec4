/**
 * How long a Deployment of three takes from the command until it is ready on three nodes: `kubectl apply` and `shoal apply --no-wait`
 * in turn.
 *
 * @module
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kubectls, run } from '../chaos-tests/real/kubectl.ts'
import { readyPodsOf, podsOf } from '../chaos-tests/real/observe.ts'
import { ProcessCluster, waitFor } from '../chaos-tests/real/process-cluster.ts'
import { DEPLOYMENTS, webDeployment } from '../chaos-tests/scenarios/manifests.ts'
import { shoal, type Ended } from '../chaos-tests/scenarios/shoal.ts'
import { median, type Figure } from './figures.ts'

const ROUNDS = 7
const WAIT_MS = 120_000
const REPLICAS = 3

export async function applyRounds(): Promise<Figure[]> {
  const cluster = await ProcessCluster.start(3, { runtime: 'process', block: 100 + (process.pid % 20), apiTls: true })
  const home = mkdtempSync(join(tmpdir(), 'shoal-bench-'))
  try {
    const [node] = cluster.nodes
    const file = join(home, 'web.json')
    writeFileSync(file, JSON.stringify(webDeployment({ replicas: REPLICAS })))
    const made = await shoal(['kubeconfig', '--user', 'bench', '-o', join(home, 'kubeconfig')], { node: node!.socket })
    if (made.code !== 0) throw new Error(made.stderr)
    const kubectl = kubectls().at(-1)!
    const context = `shoal-${node!.name}`
    const ways: Readonly<Record<string, () => Promise<Ended>>> = {
      kubectl: () => run(kubectl, ['apply', '-f', file], { home, context }),
      shoal: () => shoal(['apply', '-f', file, '--no-wait'], { node: node!.socket }),
    }
    const took: Record<string, number[]> = { kubectl: [], shoal: [] }
    // The first of each fills caches that later ones find.
    for (let round = -1; round < ROUNDS; round += 1) {
      for (const [name, apply] of Object.entries(ways)) {
        const startMs = performance.now()
        const { code, stderr } = await apply()
        if (code !== 0) throw new Error(`${name}: ${stderr}`)
        await waitFor('all to be ready', WAIT_MS, async () => (await readyPodsOf(node!, 'web')).length === REPLICAS)
        if (round >= 0) took[name]!.push(performance.now() - startMs)
        await node!.ok('DELETE', `${DEPLOYMENTS}/web`)
        await waitFor('all to be gone', WAIT_MS, async () => (await podsOf(node!, 'web')).length === 0)
      }
    }
    const [theirs, ours] = [median(took['kubectl']!), median(took['shoal']!)]
    return [
      { figure: 'apply_kubectl_p50', value: theirs, unit: 'ms', better: 'lower', goal: ours, floor: ours },
      { figure: 'apply_shoal_p50', value: ours, unit: 'ms', better: 'lower' },
    ]
  } finally {
    await cluster.stop()
    rmSync(home, { recursive: true, force: true })
  }
}

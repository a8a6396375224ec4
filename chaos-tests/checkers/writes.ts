/**
 * P5 and P6: no write that was acknowledged is lost without a word. What it said is in force at the end, or another write
 * took its place that every node chooses alike; and where that one cannot have seen it, a `Conflict` event says so.
 *
 * From outside nobody sees what a node had heard when it took a write. Two facts are sure: one node's writes follow one
 * another, and a write that was answered before another was asked did not see it. The rest is given the benefit of the doubt.
 *
 * @module
 */
import { Violation, type Checker, type Settled } from '../checker.ts'
import { read, type Cluster } from '../cluster.ts'
import { isBare } from '../workloads/bare.ts'
import { NOTE } from '../workloads/deeds.ts'
import { ANNOTATION, effects, PORTS, REPLICAS, TEMPLATE, type Effect } from './effects.ts'
import { deploymentsOn, podsOn, servicesOn } from './objects.ts'

/** An object as the core shows it at the end. */
interface Standing {
  readonly uid: string
  readonly fields: Effect['fields']
}

interface News {
  readonly reason: string
  readonly message: string
  readonly involvedObject: { readonly kind: string; readonly name: string }
}

type Judgement =
  | { readonly is: 'well' }
  | { readonly is: 'lost'; readonly why: string }
  /** To writes that were answered before it was asked: they had not seen it, and somebody has to be told. */
  | { readonly is: 'gave way'; readonly to: readonly Effect[]; readonly path: string }

const WELL: Judgement = { is: 'well' }

export const writes: Checker = {
  rule: 'P6',
  begin: () => {
    const starts = new Map<string, { readonly count: number; readonly atMs: number }>()
    const noteStarts = (cluster: Cluster): void => {
      for (const machine of cluster.machines) {
        const count = cluster.startsOf(machine)
        if (starts.get(machine)?.count !== count) starts.set(machine, { count, atMs: cluster.nowMs() })
      }
    }
    return {
      async watch({ cluster }) {
        noteStarts(cluster)
      },
      async settle(settled) {
        const { cluster, core, history } = settled
        noteStarts(cluster)
        const [first] = core
        if (first === undefined) return
        const standing = await standingOn(cluster, first)
        // Events are kept in memory: a node tells of what it merged since it started.
        const rememberedSinceMs = Math.min(...core.map((machine) => starts.get(machine)?.atMs ?? 0))
        const news = await conflictsOn(cluster, core)
        const all = effects(history)
        for (const effect of all) {
          const rule = ruleFor(effect, settled)
          if (rule === undefined) continue
          const rivals = all.filter((other) => other !== effect && other.object === effect.object)
          const judgement = judge(effect, rivals, standing.get(effect.object))
          if (judgement.is === 'well') continue
          if (judgement.is === 'lost') throw new Violation(rule, `${nameOf(effect)} is lost: ${judgement.why}`)
          const { to, path } = judgement
          if (Math.min(effect.startMs, ...to.map(({ startMs }) => startMs)) < rememberedSinceMs) continue
          if (!isTold(news, effect, path))
            throw new Violation(
              'P6',
              `${nameOf(effect)} gave way to ${to.map(nameOf).join(' or ')}, which had not seen it, and no Conflict event says so`,
            )
        }
      },
    }
  },
}

/** The promise that keeps an acknowledged write; undefined where nothing does: it was on lost disks alone. */
function ruleFor({ acked }: Effect, { cluster, core }: Settled): 'P5' | 'P6' | undefined {
  if (acked === undefined) return undefined
  const isLost = (machine: string): boolean => !core.includes(machine) || cluster.damagedDisks.has(machine)
  if (!isLost(acked.machine)) return 'P6'
  return cluster.machines.filter(isLost).length < acked.disks ? 'P5' : undefined
}

function judge(effect: Effect, rivals: readonly Effect[], standing: Standing | undefined): Judgement {
  // A delete is final, which P9 looks after.
  if (effect.does === 'delete') return WELL
  const uid = effect.acked?.uid
  const isAbout = ({ acked }: Effect): boolean => acked === undefined || acked.uid === uid
  if (standing?.uid !== uid) {
    const killers = rivals.filter((rival) => rival.does === 'delete' && isAbout(rival))
    return giveWay(effect, killers, { path: '', why: 'the object is gone, and nobody deleted it' })
  }
  if (effect.isUndone === true) return WELL
  for (const [path, value] of Object.entries(effect.fields)) {
    const stands = standing?.fields[path]
    if (stands === value) continue
    const winners = rivals.filter((rival) => rival.fields[path] === stands && isAbout(rival))
    const judgement = giveWay(effect, winners, { path, why: `${path} is ${stands}, which nobody said after it` })
    if (judgement.is !== 'well') return judgement
  }
  return WELL
}

function giveWay(effect: Effect, rivals: readonly Effect[], { path, why }: { path: string; why: string }): Judgement {
  const { acked, startMs } = effect
  const possible = rivals.filter((rival) => rival.endMs > startMs || rival.acked?.machine !== acked?.machine)
  if (possible.length === 0) return { is: 'lost', why }
  return possible.some(({ endMs }) => endMs > startMs) ? WELL : { is: 'gave way', to: possible, path }
}

function isTold(news: readonly News[], { object }: Effect, path: string): boolean {
  return news.some(
    ({ involvedObject: { kind, name }, message }) =>
      `${kind}/${name}` === object && (message.startsWith('the object: ') || (path !== '' && message.startsWith(path))),
  )
}

async function standingOn(cluster: Cluster, machine: string): Promise<ReadonlyMap<string, Standing>> {
  const deployments = await deploymentsOn(cluster, machine)
  const services = await servicesOn(cluster, machine)
  const pods = (await podsOn(cluster, machine)).filter(({ metadata }) => isBare(metadata.name))
  return new Map<string, Standing>([
    ...deployments.map(({ metadata, spec }): [string, Standing] => [
      `Deployment/${metadata.name}`,
      {
        uid: metadata.uid,
        fields: {
          [REPLICAS]: spec.replicas,
          [TEMPLATE]: spec.template.spec.containers[0]?.image ?? '',
          [ANNOTATION]: metadata.annotations?.[NOTE] ?? '',
        },
      },
    ]),
    ...services.map(({ metadata, spec }): [string, Standing] => [
      `Service/${metadata.name}`,
      { uid: metadata.uid, fields: { [PORTS]: spec.ports[0]?.port ?? 0 } },
    ]),
    ...pods.map(({ metadata }): [string, Standing] => [`Pod/${metadata.name}`, { uid: metadata.uid, fields: {} }]),
  ])
}

async function conflictsOn(cluster: Cluster, core: readonly string[]): Promise<readonly News[]> {
  const lists = await Promise.all(
    core.map(async (machine) => (await read<{ items: News[] }>(cluster, machine, '/api/v1/events')).items),
  )
  return lists.flat().filter(({ reason }) => reason === 'Conflict')
}

function nameOf({ operation, acked, startMs, endMs }: Effect): string {
  const where = acked === undefined ? 'not answered' : `acked by ${acked.machine} with ${acked.disks} disks`
  return `${operation.id} ${JSON.stringify(operation.what)} (${Math.round(startMs)} to ${Math.round(endMs)} ms, ${where})`
}

/**
 * What this machine's network allows, as far as services need to know it.
 *
 * @module
 */
import { readFileSync, readlinkSync } from 'node:fs'
import { sha256Hex } from '../../crdt/index.ts'

/**
 * Names the network stack this process uses: equal for two processes exactly where an address means the same to both. Value of
 * the node label `NETWORK_LABEL` (`service/reach.ts`). Undefined where the system does not tell.
 */
export function networkId(): string | undefined {
  const bootId = attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim())
  const namespace = attempt(() => readlinkSync('/proc/self/ns/net'))
  if (bootId === undefined || namespace === undefined) return undefined
  return sha256Hex(`${bootId} ${namespace}`).slice(0, 16)
}

/** The lowest port this process may listen on: 1024 for most, 0 for root. */
export function lowestPort(): number {
  if (process.platform !== 'linux') return process.getuid?.() === 0 ? 0 : 1024
  // Bit 10 of the effective capabilities is CAP_NET_BIND_SERVICE.
  const effective = attempt(() => /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1])
  if (effective !== undefined && (BigInt(`0x${effective}`) >> 10n) % 2n === 1n) return 0
  const start = attempt(() => Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8')))
  return start !== undefined && Number.isInteger(start) ? start : 1024
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

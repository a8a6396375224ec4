/**
 * The image of infra containers, made here: no registry has to be asked for a process that does nothing. A static ELF of
 * under 300 bytes that reaps orphans (SIGCHLD ignored), ends on SIGTERM and SIGINT, and sleeps in between.
 *
 * @module
 */
import { Readable } from 'node:stream'
import { followProgress } from './docker-image.ts'
import { ORDER_MS_MAX, QUESTION_MS_MAX, type Engine } from './docker-engine.ts'
import { RuntimeError } from './runtime.ts'

/** The number grows with the program. */
export const PAUSE_IMAGE = 'shoal/pause:1'

const LOAD_ADDRESS = 0x400000
const HEADER_BYTES = 120
const CODE_ADDRESS = LOAD_ADDRESS + HEADER_BYTES

/** Imports it unless it is there: 64 ms once per engine. */
export async function ensurePauseImage(engine: Engine, arch: string): Promise<void> {
  const [repo, tag] = PAUSE_IMAGE.split(':') as [string, string]
  try {
    await engine.call(`look for image ${PAUSE_IMAGE}`, QUESTION_MS_MAX, (docker) =>
      docker.getImage(PAUSE_IMAGE).inspect(),
    )
    return
  } catch (error) {
    if (!(error instanceof RuntimeError && error.code === 'image-missing')) throw error
  }
  const options = { repo, tag, changes: 'ENTRYPOINT ["/pause"]' }
  await engine.call(`make image ${PAUSE_IMAGE}`, ORDER_MS_MAX, async (docker) => {
    const archive = Readable.from([tarOfOne('pause', pauseProgram(arch))])
    await followProgress((await docker.importImage(archive, options)) as Readable)
  })
}

/** A whole executable for Linux. `arch` as Docker names it. */
export function pauseProgram(arch: string): Buffer {
  if (arch === 'amd64') return elf(62, amd64Code())
  if (arch === 'arm64') return elf(183, arm64Code())
  throw new RuntimeError('failed', `pods of several containers are not supported on ${arch}: no pause program for it`)
}

/** rt_sigaction for three signals, then pause(2) for ever; the handler of SIGTERM and SIGINT is exit(0). */
function amd64Code(): Buffer {
  const sigaction = (signal: number, structure: number): number[] =>
    [
      [0xb8, 13, 0, 0, 0, 0xbf, signal, 0, 0, 0], // mov eax, rt_sigaction; mov edi, signal
      [0xbe, ...int32(structure)], // mov esi, structure
      [0x31, 0xd2, 0x41, 0xba, 8, 0, 0, 0, 0x0f, 0x05], // xor edx, edx; mov r10d, 8; syscall
    ].flat()
  const lengths = { calls: 3 * 25, loop: 9, exit: 9 }
  const exit = CODE_ADDRESS + lengths.calls + lengths.loop
  const ignore = align8(exit + lengths.exit)
  const end = ignore + 32
  const bytes = [
    sigaction(17, ignore), // SIGCHLD
    sigaction(15, end), // SIGTERM
    sigaction(2, end), // SIGINT
    [0xb8, 34, 0, 0, 0, 0x0f, 0x05, 0xeb, 0xf7], // mov eax, pause; syscall; jmp back to the mov
    [0xb8, 60, 0, 0, 0, 0x31, 0xff, 0x0f, 0x05], // mov eax, exit; xor edi, edi; syscall
  ].flat()
  while (CODE_ADDRESS + bytes.length < ignore) bytes.push(0x90)
  // struct sigaction: handler, flags, restorer, mask
  const ignoring = [1, 2, 0, 0] // SIG_IGN, SA_NOCLDWAIT
  const ending = [exit, 0x04000000, exit, 0] // SA_RESTORER
  return Buffer.from([...bytes, ...[...ignoring, ...ending].flatMap((word) => [...int32(word), 0, 0, 0, 0])])
}

/** ppoll on nothing, again and again. Not a reaper and deaf to SIGTERM: enough to hold a network, stopped by SIGKILL. */
function arm64Code(): Buffer {
  const words = [
    [0xd2800000, 0xd2800001, 0xd2800002, 0xd2800003, 0xd2800004], // mov x0..x4, 0
    [0xd2800928, 0xd4000001, 0x17fffff9], // mov x8, ppoll; svc 0; b to the first
  ].flat()
  return Buffer.from(words.flatMap(int32))
}

/** An executable of one segment: the ELF header, one program header, the code. */
function elf(machine: number, code: Buffer): Buffer {
  const header = Buffer.alloc(HEADER_BYTES)
  header.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]) // 64 bit, little endian
  header.writeUInt16LE(2, 16) // executable
  header.writeUInt16LE(machine, 18)
  header.writeUInt32LE(1, 20)
  header.writeBigUInt64LE(BigInt(CODE_ADDRESS), 24)
  header.writeBigUInt64LE(64n, 32) // where the program header is
  header.writeUInt16LE(64, 52)
  header.writeUInt16LE(56, 54)
  header.writeUInt16LE(1, 56)
  header.writeUInt32LE(1, 64) // load
  header.writeUInt32LE(5, 68) // read and execute
  header.writeBigUInt64LE(BigInt(LOAD_ADDRESS), 80)
  header.writeBigUInt64LE(BigInt(LOAD_ADDRESS), 88)
  const length = BigInt(HEADER_BYTES + code.length)
  header.writeBigUInt64LE(length, 96)
  header.writeBigUInt64LE(length, 104)
  header.writeBigUInt64LE(0x1000n, 112)
  return Buffer.concat([header, code])
}

/** A tar archive of one executable file. */
function tarOfOne(name: string, bytes: Buffer): Buffer {
  const header = Buffer.alloc(512)
  header.write(name, 0)
  header.write('0000755\0', 100)
  header.write('0000000\0', 108)
  header.write('0000000\0', 116)
  header.write(`${bytes.length.toString(8).padStart(11, '0')}\0`, 124)
  header.write('00000000000\0', 136)
  header.write('        0', 148) // checksum as blanks while it is counted; type: file
  header.write('ustar\x0000', 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return Buffer.concat([header, bytes, Buffer.alloc(-bytes.length & 511), Buffer.alloc(1024)])
}

function int32(word: number): number[] {
  return [word & 255, (word >>> 8) & 255, (word >>> 16) & 255, (word >>> 24) & 255]
}

function align8(address: number): number {
  return (address + 7) & ~7
}

#!/usr/bin/env node
/**
 * `shoal`: the command line. It speaks HTTP to a node and knows nothing else of it; only `up` and `join` load the node
 * itself, and only when they run.
 *
 * @module
 */
import { runProgram } from './program.ts'

// The reader has enough (`shoal get pods | head`): no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

process.exitCode = await runProgram(process.argv.slice(2), { env: process.env, output: process })

/** Which of a node's runtimes has a pod. @module */
import { RuntimeError, type Runtime } from './runtime.ts'

/** What one of them answers of the pod, whichever it is. Rejects with a sentence. */
export async function ofPod<Answer>(
  runtimes: readonly Runtime[],
  uid: string,
  ask: (runtime: Runtime) => Promise<Answer>,
): Promise<Answer> {
  const troubles: RuntimeError[] = []
  for (const runtime of runtimes) {
    try {
      return await ask(runtime)
    } catch (error) {
      if (!(error instanceof RuntimeError)) throw error
      // One that does not answer may not even be here: the pod may be another one's.
      if (error.code !== 'not-found' && error.code !== 'unavailable') throw error
      troubles.push(error)
    }
  }
  const said = troubles.find(({ code }) => code !== 'not-found')
  throw (
    said ??
    new RuntimeError('not-found', `no runtime of this node has pod ${uid}: it was removed, or did not start yet`)
  )
}

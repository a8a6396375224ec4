/**
 * What libp2p 3 takes for granted and Node 20 lacks: `Promise.withResolvers`, used by it-queue and a dozen of its packages
 * without being declared. Imported first by every file that loads libp2p; a no-op from Node 22 on.
 *
 * @module
 */
type Resolvers<T> = {
  promise: Promise<T>
  resolve: (value: T | PromiseLike<T>) => void
  reject: (reason?: unknown) => void
}

const withResolvers = function <T>(this: PromiseConstructor): Resolvers<T> {
  let resolve!: Resolvers<T>['resolve']
  let reject!: Resolvers<T>['reject']
  const promise = new this<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}

if (!('withResolvers' in Promise)) {
  Object.defineProperty(Promise, 'withResolvers', { value: withResolvers, configurable: true, writable: true })
}

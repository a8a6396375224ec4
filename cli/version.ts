/**
 * Version of this command line. The bundle is given it from package.json; sources that run unbundled have none.
 *
 * @module
 */
declare const SHOAL_VERSION: string | undefined

export const VERSION: string = typeof SHOAL_VERSION === 'string' ? SHOAL_VERSION : '0.0.0-dev'

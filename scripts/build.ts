/** Makes `dist/` (bundle.ts). @module */
import { bundle } from './bundle.ts'

await bundle('dist')

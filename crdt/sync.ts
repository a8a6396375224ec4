export interface SyncOutcome { readonly replies: Uint8Array[] }
export class SyncSession {}

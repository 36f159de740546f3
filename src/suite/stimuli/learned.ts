/** What a capture of phase 1 shows of the NAT: which external address and port each stimulus got. Told by the payload that the stimulus carries. */
export interface External { readonly address: string; readonly port: number }
/** By the stimulus's mark, "m7". */
export type Learned = ReadonlyMap<string, External>;

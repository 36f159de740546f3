/** Clauses of RFC 5969 and RFC 4213 without a rule, and why. */
export interface NotJudged { readonly clause: string; readonly reason: string }

export const NOT_JUDGED: readonly NotJudged[] = [];

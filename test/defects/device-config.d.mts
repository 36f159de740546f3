/** The configuration of a labelled device, without its label; undefined for a role that is not judged. */
export function deviceConfig(kase: unknown): object | undefined;

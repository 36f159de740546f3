/** Junos release numbers: 10.4 < 17.4R1 < 17.4R2-S3 < 18.2R1. */

export interface Release { readonly text: string; readonly order: readonly number[] }

/**
 * "17.4R1", "17.4R2-S3", "18.2R1.9", "15.1X49-D40", "20.3R1-EVO". A bare "10.4" means its first release. Undefined for other text.
 * X branches are counted as the first release of their number: they leave it there and their later features are their own.
 */
export function parseRelease(text: string): Release | undefined {
  const m = /^(\d{1,2})\.(\d{1,2})(?:([RXBFI])(\d{1,3}))?(?:[-.]([SD])?(\d{1,3}))?(?:\.(\d{1,3}))?(?:-EVO)?$/i.exec(text.trim());
  if (m === null) return undefined;
  const kind = m[3]?.toUpperCase();
  const maintenance = kind === "R" ? Number(m[4]) : kind === undefined || kind === "X" ? 1 : 0;
  const service = m[5]?.toUpperCase() === "S" ? Number(m[6]) : 0;
  return { text: text.trim(), order: [Number(m[1]), Number(m[2]), maintenance, service] };
}

/** Negative, 0, positive as `a` is before, at, after `b`. */
export function compareReleases(a: Release, b: Release): number {
  for (let i = 0; i < a.order.length; i++) {
    if (a.order[i] !== b.order[i]) return a.order[i] - b.order[i];
  }
  return 0;
}

/** Is `release` at or after `since` (when given) and before `until` (when given)? No release means the newest. */
export function within(release: Release | undefined, since: string | undefined, until: string | undefined): boolean {
  const from = since === undefined ? undefined : parseRelease(since);
  const to = until === undefined ? undefined : parseRelease(until);
  if (release === undefined) return to === undefined;
  return (from === undefined || compareReleases(release, from) >= 0) && (to === undefined || compareReleases(release, to) < 0);
}

/** Configurations that keep or break the clauses of the 6to4 documents. */
import type { Config, SoftwireConcentrator } from "../../../src/config/types.js";
import * as B from "../build.js";
import * as S from "../six-to-four.js";

const { router, relay } = S;
const beside = (c: Config, ...more: SoftwireConcentrator[]): Config => ({ ...c, serviceSets: [{ name: "set", concentrators: [...c.serviceSets[0].concentrators, ...more] }] });
const at = (c: Config, ...ipv4: string[]): Config => ({ ...c, access: { ...c.access, ipv4: ipv4.map(B.v4) } });
const unicast = relay({ address: B.v4(S.UNICAST), alsoAccepts: [] });
const privateRouter = router({ address: B.v4("10.0.0.1"), table: { name: "custom", refuse: [] } });

export const config6to4: Record<string, { keep: Config[]; broken?: Config[]; used?: Config[]; apart?: Config[] }> = {
  "RFC3068-2.3-1": { keep: [relay({ anycast: true })], broken: [relay({ anycast: true, address: B.v4(S.UNICAST) })], apart: [unicast] },
  "RFC3068-2.5-1": { keep: [relay()], broken: [relay({ address: B.v4("192.88.99.2") })], apart: [unicast] },
  "RFC3068-4.2-3.config": { keep: [relay()], broken: [at(relay({ alsoAccepts: [] }), S.ANYCAST)], apart: [unicast, relay({ alsoAccepts: [], anycastOnly: true }), at(relay({ alsoAccepts: [] }), S.ANYCAST, S.UNICAST)] },
  "RFC3964-6.1-1": { keep: [relay(), beside(unicast, B.domain())], broken: [beside(unicast, B.domain({ address: B.v4(S.UNICAST) }))] },
  "RFC6324-4-1": { keep: [beside(relay({ knownRelays: [{ address: B.v4("192.88.99.0"), length: 24 }] }), B.domain())], broken: [beside(relay(), B.domain())], apart: [relay()] },
  "RFC6343-4.1-1": { keep: [router()], broken: [privateRouter] },
  "RFC6598-5.2-1": { keep: [router()], broken: [router({ address: B.v4("100.64.0.1"), table: { name: "custom", refuse: [] } })], apart: [] },
  "RFC6890-2.2.2-1": { keep: [router({ table: { name: "rfc6890", refuse: [] } })], used: [router({ table: { name: "custom", refuse: [] } })] },
  "RFC6343-4.4-5": { keep: [relay(), relay({ icmpRate: 1000 })], broken: [relay({ icmpRate: 100 })] },
  "RFC7526-4-1": { keep: [router(), relay(), at(relay(), S.ANYCAST, S.UNICAST)], broken: [at(router(), S.OWN, "192.88.99.7")] },
  "RFC7526-5-1": { keep: [unicast, router({ defaultRelay: B.v4(S.OTHER_RELAY) })], broken: [relay(), router()] },
};

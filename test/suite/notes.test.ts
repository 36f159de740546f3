/** What is said of a run beside its verdicts. */
import { describe, expect, it } from "vitest";
import * as DS from "../../src/concentrator/ds-lite/reasons.js";
import { REASONS } from "../../src/concentrator/reasons.js";
import { assumptions } from "../../src/suite/notes.js";

const packets = { read: 9, fed: 9, notIp: 0, housekeeping: 0, elsewhere: 0, sentByDevice: 4, cut: 0 } as Parameters<typeof assumptions>[0]["packets"];

describe("a replay of what was captured around a NAT", () => {
  const counters = [{ reason: REASONS[DS.NO_MAPPING], packets: 5, bytes: 500 }, { reason: REASONS[DS.ICMP_NO_MAPPING], packets: 1, bytes: 90 }];
  it("says why answers find no mapping", () => expect(assumptions({ packets, notes: [], counters }, "replay")).toEqual([expect.stringMatching(/^6 packets from the core found no mapping: a NAT chooses its external ports/)]));
  it("says nothing where the capture holds no packet of a device, or where all found theirs", () => {
    expect(assumptions({ packets: { ...packets, sentByDevice: 0 }, notes: [], counters }, "replay")).toEqual([]);
    expect(assumptions({ packets, notes: [], counters: [] }, "check")).toEqual([]);
  });
});

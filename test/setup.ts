import fc from "fast-check";

// The same cases on every machine: a red run can be run again. SOFTPROOF_SEED=random explores.
const wanted = process.env["SOFTPROOF_SEED"];
if (wanted !== "random") fc.configureGlobal({ seed: wanted === undefined ? 20261124 : Number(wanted) });

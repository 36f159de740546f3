/**
 * softproof as a library: the same rooms that the command line uses. Captures have subpaths of their own: `softproof/pcap-parser`, `softproof/pcap-writer`.
 *
 * ```ts
 * import { loadConfigFile, runPipeline, severityOf } from "softproof";
 * const result = await runPipeline({
 *   config: loadConfigFile("br.yaml"), files: [{ path: "access.pcap", side: 0 }], mode: "replay", outDir: "out", judge: true, severityOf,
 * });
 * console.log(result.packets, result.judge?.findings);
 * ```
 */
export { citation, type Clause, defaultSeverity, loadClauses, loadDocuments } from "./config/clauses.js";
export { loadConfigFile, parseConfig } from "./config/load.js";
export { InputProblem, type Problem } from "./config/problems.js";
export type { Config, Mechanism, Side, SoftwireConcentrator } from "./config/types.js";
export type { CounterRow, Device, Sink, SoftwireStatistics } from "./concentrator/device.js";
export { createDevice } from "./concentrator/index.js";
export { createJudge, type JudgeOptions, ruleMetas } from "./judge/index.js";
export type { FindingGroup, JudgeResult, RuleMeta, RuleTally, Severity, TranscriptSink } from "./judge/types.js";
export { readRecord, renderTerminal, writeReports } from "./report/index.js";
export type { RecordLine, Verdict } from "./report/record.js";
export { type Catalogue, catalogueFor, severityOf } from "./suite/catalogue.js";
export { type PacketCounts, type PipelineFile, type PipelineInput, type PipelineResult, runPipeline } from "./suite/pipeline.js";
export { runTraces, type TracesInput, type TracesResult } from "./suite/traces.js";
export { exitCode, type Facts, honestNumbers, type ProfileView, REFERENCE_PROFILE, verdictsFor } from "./suite/verdicts.js";
export { createMemory, type Memory } from "./wire/memory.js";

/** Every rule on packets, in the order of the documents. */
import type { Rule } from "../rule.js";
import { rfc6040 } from "./common/rfc6040.js";
import { section33 } from "./rfc4213/3.3.js";
import { section35 } from "./rfc4213/3.5.js";
import { section92 } from "./rfc5969/9.2.js";

export const PACKET_RULES: readonly Rule[] = [...section92, ...section33, ...section35, ...rfc6040];

/** Every rule on packets, in the order of the documents. */
import type { Rule } from "../rule.js";
import { icmpRules } from "./common/icmp.js";
import { ipv4Rules } from "./common/ipv4.js";
import { rfc6040 } from "./common/rfc6040.js";
import { section32, section34 } from "./rfc4213/3.2.js";
import { section33 } from "./rfc4213/3.3.js";
import { section35 } from "./rfc4213/3.5.js";
import { section3, section36 } from "./rfc4213/3.6.js";
import { section37, section5 } from "./rfc4213/3.7-5.js";
import { section12 } from "./rfc5969/12.js";
import { section4 } from "./rfc5969/4-5.js";
import { section7 } from "./rfc5969/7-8.js";
import { section91 } from "./rfc5969/9.1.js";
import { section92 } from "./rfc5969/9.2.js";
import { section9 } from "./rfc5969/9.js";

export const PACKET_RULES: readonly Rule[] = [
  ...section4, ...section7, ...section9, ...section91, ...section92, ...section12,
  ...section3, ...section32, ...section33, ...section34, ...section35, ...section36, ...section37, ...section5,
  ...rfc6040, ...icmpRules, ...ipv4Rules,
];

/** Every rule on packets, in the order of the documents. */
import type { Rule } from "../rule.js";
import { icmpRules } from "./common/icmp.js";
import { icmp4Rules } from "./common/icmp4.js";
import { ipv4Rules } from "./common/ipv4.js";
import { rfc6040 } from "./common/rfc6040.js";
import { section2 as section3056s2, section3 as section3056s3 } from "./rfc3056/2-3.js";
import { section4 as section3056s4, section5 as section3056s5, section79 } from "./rfc3056/4-9.js";
import { section5Clients } from "./rfc3056/5-clients.js";
import { section5Routes } from "./rfc3056/5-routes.js";
import { rfc3068 } from "./rfc3068/2-4.js";
import { section3 as section3964s3, section4 as section3964s4 } from "./rfc3964/3-4.js";
import { section5 as section3964s5 } from "./rfc3964/5.js";
import { section32, section34 } from "./rfc4213/3.2.js";
import { section33 } from "./rfc4213/3.3.js";
import { section35Tos } from "./rfc4213/3.5-tos.js";
import { section35 } from "./rfc4213/3.5.js";
import { section3, section36 } from "./rfc4213/3.6.js";
import { section37, section5 } from "./rfc4213/3.7-5.js";
import { section12 } from "./rfc5969/12.js";
import { section4 } from "./rfc5969/4-5.js";
import { section7 } from "./rfc5969/7-8.js";
import { section91 } from "./rfc5969/9.1.js";
import { section92 } from "./rfc5969/9.2.js";
import { section9 } from "./rfc5969/9.js";
import { rfc6324 } from "./rfc6324/3.js";
import { rfc6343 } from "./rfc6343/4.js";
import { rfc6296 } from "./rfc6296/3.js";
import { rfc6732 } from "./rfc6732/3-4.js";
import { rfc6732kept } from "./rfc6732/kept.js";
import { rfc7526 } from "./rfc7526/6.js";
import { inIpv4Rules } from "./tunnel/in-ipv4.js";

export const PACKET_RULES: readonly Rule[] = [
  ...section4, ...section7, ...section9, ...section91, ...section92, ...section12,
  ...section3, ...section32, ...section33, ...section34, ...section35, ...section35Tos, ...section36, ...section37, ...section5,
  ...section3056s2, ...section3056s3, ...section3056s4, ...section3056s5, ...section5Routes, ...section5Clients, ...section79, ...rfc3068, ...section3964s3, ...section3964s4, ...section3964s5,
  ...rfc6324, ...rfc6343, ...rfc6732, ...rfc6732kept, ...rfc6296, ...rfc7526,
  ...rfc6040, ...icmpRules, ...ipv4Rules, ...icmp4Rules, ...inIpv4Rules,
];

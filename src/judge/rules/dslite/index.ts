/** Every rule on the packets of DS-Lite, in the order of the documents. */
import type { DsRule } from "../../ds-lite/rule.js";
import { headerRules } from "../rfc2473/header.js";
import { softwireHeader, relayedErrors } from "../rfc2473/softwire.js";
import { section41 } from "../rfc3022/4.1.js";
import { section42 } from "../rfc3022/4.2.js";
import { behaviourRules } from "../rfc4787/behaviour.js";
import { hairpinRules } from "../rfc4787/hairpin.js";
import { inboundRules } from "../rfc4787/inbound.js";
import { lifetimeRules } from "../rfc4787/lifetime.js";
import { mappingRules } from "../rfc4787/mapping.js";
import { timerRules } from "../rfc4787/timers.js";
import { section4 as section5382s4 } from "../rfc5382/4.js";
import { section4 } from "../rfc5508/4.js";
import { errorForms } from "../rfc5508/errors.js";
import { section3 } from "../rfc5508/queries.js";
import { section11 } from "../rfc6333/11.js";
import { addressRules, translationRules } from "../rfc6333/4-8.js";
import { softwireRules } from "../rfc6333/softwire.js";
import { modelRules, routerRules } from "../tunnel/common.js";
import { mtuRules } from "../tunnel/mtu.js";
import { reassemblyRules } from "../tunnel/reassembly.js";
import { identification } from "../rfc6864/4-5.js";
import { declaredLimits } from "../rfc6888/declared.js";
import { limitRules } from "../rfc6888/limits.js";
import { protocolRules } from "../rfc7857/protocols.js";
import { choiceRules } from "./choices.js";
import { fragmentRules } from "./fragments.js";
import { ecnRules } from "./rfc6040.js";

export const DS_LITE_RULES: readonly DsRule[] = [
  ...softwireRules, ...section11, ...softwireHeader, ...relayedErrors, ...ecnRules, ...section41, ...mappingRules, ...lifetimeRules, ...hairpinRules, ...inboundRules, ...section4, ...fragmentRules,
  ...headerRules, ...addressRules, ...translationRules, ...mtuRules, ...reassemblyRules, ...routerRules, ...modelRules,
  ...section42, ...behaviourRules, ...timerRules, ...section5382s4, ...section3, ...errorForms, ...limitRules, ...declaredLimits, ...protocolRules, ...identification, ...choiceRules,
];

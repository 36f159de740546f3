/** What an exhibit of a rule on DS-Lite is. */
import type * as B from "./build.js";
import type { Run, Step } from "./build.js";

export interface Case extends Run { readonly steps: readonly Step[] }
/** `used`: a freedom that is made use of, for rules that only observe. */
export interface Exhibit { readonly rule: string; readonly conforming: readonly Case[]; readonly violating?: readonly Case[]; readonly used?: readonly Case[]; readonly near?: readonly Case[] }

export const on = (...steps: readonly (Step | Step[])[]): Case => ({ steps: steps.flat() });
export const under = (over: B.Over, ...steps: readonly (Step | Step[])[]): Case => ({ over, steps: steps.flat() });

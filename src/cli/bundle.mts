/**
 * Last part of the build, after tsc: the command line in few files instead of hundreds, each of which node would find, read and compile by itself.
 * `dist/cli` then holds main.js and the parts that it loads when a command wants them (this module is gone from it); the library (`dist/index.js`)
 * stays as tsc made it. The parts are CommonJS, which node finds, reads and links in less time than modules; this file is named .mts because dist/cli
 * says so of its .js. Parts lie as deep below the package as the modules that they are made of, which find its files by relative ways.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "rolldown";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The folder of the package that a module of node_modules belongs to. */
const packageOf = (id: string): string | undefined => /^.*[/\\]node_modules[/\\](@[^/\\]+[/\\])?[^/\\]+/.exec(id)?.[0];

/** The package is made of modules, this folder of it is not. */
const packageType: Plugin = {
  name: "package-type",
  generateBundle() {
    this.emitFile({ type: "asset", fileName: "package.json", source: `${JSON.stringify({ type: "commonjs" })}\n` });
  },
};

const SEGMENTER = "new Intl.Segmenter()";
/**
 * yargs brings packages that make a text segmenter when they load, of use only where help is laid out in columns; reading its data takes longer than
 * reading a configuration. It is made when it is asked for.
 */
const lazySegmenters: Plugin = {
  name: "lazy-segmenters",
  transform(code, id) {
    if (packageOf(id) === undefined || !code.includes(SEGMENTER)) return null;
    return { code: code.replaceAll(SEGMENTER, `{ segment(text) { return (this.made ??= ${SEGMENTER}).segment(text); } }`), map: null };
  },
};

/** Writes the licences of the packages whose code is in the parts beside it, as they ask. */
const licences: Plugin = {
  name: "licences",
  generateBundle(_, bundle) {
    const folders = new Set(Object.values(bundle).flatMap((part) => (part.type === "chunk" ? part.moduleIds.map(packageOf) : [])).filter((f) => f !== undefined));
    const texts = [...folders].sort().map((folder) => {
      const { name, version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { name: string; version: string };
      const file = readdirSync(folder).find((f) => /^licen[cs]e/i.test(f));
      if (file === undefined) throw new Error(`${name} has no licence file that could go with its code`);
      return `${name} ${version}\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`;
    });
    this.emitFile({ type: "asset", fileName: "licences.txt", source: texts.join(`\n${"-".repeat(80)}\n\n`) });
  },
};

await build({
  cwd: root,
  input: { main: join(root, "src", "cli", "main.ts") },
  platform: "node",
  resolve: { extensionAlias: { ".js": [".ts", ".js"] } },
  plugins: [packageType, lazySegmenters, licences],
  // import.meta.resolve stands in a part of yargs that looks for packages to extend configurations from, which nothing here asks for.
  onLog: (level, log, other) => (log.code === "EMPTY_IMPORT_META" ? undefined : other(level, log)),
  output: {
    dir: join(root, "dist", "cli"), cleanDir: true, format: "cjs", banner: "\"use strict\";", entryFileNames: "[name].js", chunkFileNames: "[name].js",
    // Finding and opening files is what takes the time: what is always wanted together lies together.
    codeSplitting: {
      groups: [
        { name: "start", test: /[/\\]src[/\\](cli[/\\](outcome|version)|config[/\\]problems|report[/\\](text|record)|suite[/\\]record-lines)\.ts$/ },
        { name: "packets", test: /[/\\]src[/\\](wire|config|capture|concentrator)[/\\]|[/\\]node_modules[/\\]yaml[/\\]/ },
        { name: "traces", test: /[/\\]src[/\\](cli[/\\](judged|options|commands[/\\](replay|check))|suite[/\\](pipeline|traces))\.ts$/ },
        { name: "judge", test: /[/\\]src[/\\](judge[/\\]|suite[/\\]catalogue\.ts$)/ },
        { name: "reports", test: /[/\\]src[/\\]report[/\\]/ },
      ],
    },
  },
});

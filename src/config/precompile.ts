/** Part of the build, after tsc: writes the validators of the bundled schemas beside this module (see validators.ts). */
import { Ajv2020 } from "ajv/dist/2020.js";
import standalone from "ajv/dist/standalone/index.js";
import { writeFileSync } from "node:fs";
import { AJV_OPTIONS, compiledName, PRECOMPILED, schemaText } from "./validators.js";

for (const schema of PRECOMPILED) {
  const text = schemaText(schema);
  const ajv = new Ajv2020({ ...AJV_OPTIONS, code: { source: true } });
  const code = standalone.default(ajv, ajv.compile(JSON.parse(text) as object));
  writeFileSync(new URL(compiledName(schema), import.meta.url), `${code}\nmodule.exports.text = ${JSON.stringify(text)};\n`);
}

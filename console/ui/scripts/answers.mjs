// Writes src/answers.ts: a type for each model of the console's OpenAPI document, which is made from console/answers/.
import { readFileSync, writeFileSync } from "node:fs";
import { compile } from "json-schema-to-typescript";

const [source, target] = ["../../docs/console-api.json", "src/answers.ts"].map((path) => new URL(`../${path}`, import.meta.url));
const { components } = JSON.parse(readFileSync(source, "utf8"));

for (const model of Object.values(components.schemas)) {
  for (const field of Object.values(model.properties ?? {})) delete field.title; // says nothing that its name does not
}
const properties = Object.fromEntries(Object.keys(components.schemas).map((name) => [name, { $ref: `#/components/schemas/${name}` }]));
const everything = {
  title: "Models",
  type: "object",
  additionalProperties: false,
  required: Object.keys(properties),
  properties,
  components,
};
const types = await compile(everything, "Models", {
  bannerComment: "/* Made by `npm run types` from docs/console-api.json: change console/answers/, then `make docs`. */",
  cwd: new URL(".", import.meta.url).pathname,
});
writeFileSync(target, types);

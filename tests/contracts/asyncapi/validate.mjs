// Asks the official AsyncAPI parser about each file named: node validate.mjs FILE…
// Says of each what is wrong, or how many messages it understood and that it is valid.
// Ends with 1 where a file is not.
import { readFile } from "node:fs/promises";
import { Parser } from "@asyncapi/parser";

const ERROR = 0;
const parser = new Parser();

for (const file of process.argv.slice(2)) {
  const { document, diagnostics } = await parser.parse(await readFile(file, "utf8"));
  const errors = diagnostics.filter(({ severity }) => severity === ERROR);
  for (const { path, message } of errors) {
    console.log(`${file}: error at ${path.join("/") || "the whole"}: ${message}`);
  }
  if (document && errors.length === 0) {
    console.log(`${file}: ${document.messages().length} messages`);
    console.log(`${file}: valid`);
  } else {
    process.exitCode = 1;
  }
}

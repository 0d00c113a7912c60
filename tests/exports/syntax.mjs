// Parses every file below a folder with the grammar of its language, and tells what cannot be.
// Usage: node syntax.mjs FOLDER

import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { extname, join } from "node:path";

const require = createRequire(import.meta.url);
const { Parser, Language } = require("@vscode/tree-sitter-wasm");
const grammars = {
  ".js": "javascript",
  ".ts": "typescript",
  ".py": "python",
  ".java": "java",
  ".go": "go",
  ".php": "php",
  ".cs": "c-sharp",
  ".rs": "rust",
};

await Parser.init();
const parser = new Parser();
const languages = {};
let [files, broken] = [0, 0];
for (const entry of readdirSync(process.argv[2], { recursive: true, withFileTypes: true })) {
  if (!entry.isFile()) continue;
  const path = join(entry.parentPath ?? entry.path, entry.name);
  const grammar = grammars[extname(path)];
  if (!grammar) throw new Error(`no grammar for ${path}`);
  languages[grammar] ??= await Language.load(
    require.resolve(`@vscode/tree-sitter-wasm/wasm/tree-sitter-${grammar}.wasm`),
  );
  parser.setLanguage(languages[grammar]);
  const text = readFileSync(path, "utf8");
  const tree = parser.parse(text);
  files += 1;
  const wrong = tree.rootNode.hasError && first(tree.rootNode);
  if (wrong) {
    broken += 1;
    const { row, column } = wrong.startPosition;
    console.log(`${path}:${row + 1}:${column + 1}: ${text.split("\n")[row]}`);
  }
  tree.delete();
}
console.log(`${files} files, ${broken} broken`);
process.exitCode = broken > 0 || files === 0 ? 1 : 0;

/** The first node that could not be parsed, or that had to be made up. */
function first(node) {
  if (node.isError || node.isMissing) return node;
  for (const child of node.children) {
    const found = child?.hasError || child?.isMissing ? first(child) : undefined;
    if (found) return found;
  }
  return node;
}

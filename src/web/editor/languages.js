// What is written in the editors: SQL and JSON from their packages, HTTP and TOML line by line.
import { json } from "@codemirror/lang-json";
import { StandardSQL, sql } from "@codemirror/lang-sql";
import { StreamLanguage } from "@codemirror/language";
import { worldCompletion } from "./world.js";

/** The language of that name; unknown names are plain text. */
export function language(name, schema = {}) {
  switch (name) {
    case "sql":
      return sql({ dialect: StandardSQL, schema, upperCaseKeywords: true });
    case "json":
      return json();
    case "http":
      return [http, fields(schema)];
    case "toml":
      return [toml, toml.data.of({ autocomplete: worldCompletion(schema) })];
    default:
      return [];
  }
}

const METHODS = /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|QUERY|TRACE|CONNECT)(?=\s)/;

/** A request as in `.http` files: request line, fields, empty line, body. */
const http = StreamLanguage.define({
  name: "http",
  startState: () => ({ part: "start" }),
  blankLine(state) {
    if (state.part === "fields") state.part = "body";
  },
  token(stream, state) {
    if (stream.sol()) {
      if (stream.match(/^###.*/)) {
        state.part = "start";
        return "heading";
      }
      if (state.part !== "body" && stream.match(/^(#|\/\/).*/)) return "comment";
    }
    if (stream.match(/^\{\{[^}]*\}\}/)) return "variableName.special";
    if (state.part === "start") {
      if (stream.sol() && stream.match(METHODS)) return "keyword";
      if (stream.match(/^\s*HTTP\/[\d.]+\s*$/)) {
        state.part = "fields";
        return "meta";
      }
      stream.next();
      stream.eatWhile(/[^{\s]/);
      if (stream.eol()) state.part = "fields";
      return "string";
    }
    if (state.part === "fields") {
      if (stream.sol() && stream.match(/^[!#$%&'*+.^_`|~\w-]+(?=:)/)) return "propertyName";
      if (stream.eat(":")) return "punctuation";
      stream.next();
      stream.eatWhile(/[^{]/);
      return null;
    }
    if (stream.match(/^"(\\.|[^"\\])*"(?=\s*:)/)) return "propertyName";
    return literal(stream);
  },
  languageData: { commentTokens: { line: "#" } },
});

/** TOML: tables, keys, values. */
const toml = StreamLanguage.define({
  name: "toml",
  startState: () => ({ text: null, value: false, depth: 0 }),
  token(stream, state) {
    if (state.text) {
      while (!stream.eol()) {
        if (stream.match(state.text)) {
          state.text = null;
          break;
        }
        stream.next();
      }
      return "string";
    }
    if (stream.sol() && state.depth === 0) state.value = false;
    if (stream.eatSpace()) return null;
    if (stream.match(/^#.*/)) return "comment";
    if (!state.value && stream.match(/^\[\[?[^\]]*\]\]?/)) return "heading";
    if (stream.match('"""') || stream.match("'''")) {
      state.text = stream.current();
      return "string";
    }
    if (stream.match(/^([\w-]+|"(\\.|[^"\\])*"|'[^']*')(?=\s*(\.|=))/)) return "propertyName";
    const next = stream.peek();
    if (next === "=") state.value = true;
    if (next === "{" || next === "[") state.depth += 1;
    if (next === "}" || next === "]") state.depth = Math.max(0, state.depth - 1);
    return literal(stream);
  },
  languageData: { commentTokens: { line: "#" }, closeBrackets: { brackets: ["[", "{", '"', "'"] } },
});

/** A text, number or word that TOML and JSON share; else one character. */
function literal(stream) {
  if (stream.match(/^"(\\.|[^"\\])*"?/) || stream.match(/^'[^']*'?/)) return "string";
  if (stream.match(/^[-+]?\d[\d_.:eETZ+-]*/)) return "number";
  if (stream.match(/^(true|false|null)\b/)) return "bool";
  stream.next();
  return null;
}

const DIRECTIVES = ["times", "every", "client", "retry", "page", "as", "credentials", "auth", "capture"];

/** Fields `{ name: [values] }` below a request line, directives above it, variables ("{{") anywhere. */
const fields = (schema) =>
  http.data.of({
    autocomplete: (context) => {
      const line = context.state.doc.lineAt(context.pos);
      const before = line.text.slice(0, context.pos - line.from);
      const variable = /\{\{([\w-]*)$/.exec(before);
      if (variable) return offer(context, variable[1], (schema["{{"] ?? []).map((label) => ({ label, type: "variable" })));
      const directive = /^#\s*@(\w*)$/.exec(before);
      if (directive) {
        return offer(context, directive[1], DIRECTIVES.map((label) => ({ label, apply: `${label} `, type: "keyword" })));
      }
      if (!isField(context.state.doc, line.number)) return null;
      const [, name, value] = /^([\w-]+):\s*(.*)$/.exec(before) ?? [];
      if (name) {
        const known = names(schema).find((known) => known.toLowerCase() === name.toLowerCase());
        return offer(context, value, (schema[known] ?? []).map((label) => ({ label })));
      }
      if (!/^[\w-]+$/.test(before)) return null;
      return offer(context, before, names(schema).map((label) => ({ label, apply: `${label}: `, type: "property" })));
    },
  });

const names = (schema) => Object.keys(schema).filter((name) => name !== "{{");

function offer(context, word, options) {
  return options.length > 0 ? { from: context.pos - word.length, options } : null;
}

/** Whether a line stands between a request line and the empty line behind its fields. */
function isField(doc, number) {
  let hasRequest = false;
  for (let at = number - 1; at > 0; at -= 1) {
    const { text } = doc.line(at);
    if (text.startsWith("###")) break;
    if (!text.trim() && hasRequest) return false;
    if (text.trim() && !/^\s*(#|\/\/)/.test(text)) hasRequest = true;
  }
  return hasRequest;
}

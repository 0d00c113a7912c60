// Completion in a world's text: keys where keys stand, values where they are few, tables and columns
// inside statements. What there is comes from one table, `world_keys.json`.
import { snippetCompletion } from "@codemirror/autocomplete";
import SECTIONS from "./world_keys.json" with { type: "json" };

const KEYWORDS =
  "SELECT FROM WHERE AND OR NOT IN IS NULL LIKE ILIKE BETWEEN EXISTS AS JOIN LEFT ON GROUP BY HAVING ORDER ASC DESC LIMIT OFFSET INSERT INTO VALUES UPDATE SET DELETE RETURNING CONFLICT DO NOTHING COUNT SUM AVG MIN MAX COALESCE CASE WHEN THEN ELSE END WITH DISTINCT UNION ALL";
const SUPPLIED = ["client", "now", "user_id", "user", "role", "scope", "version", "language", "filter", "sort", "limit", "offset", "after", "set"];

/** The completion source for a schema `{ table: [columns] }`. */
export function worldCompletion(schema) {
  return (context) => {
    const before = context.state.sliceDoc(0, context.pos);
    const place = placeOf(before);
    if (!place) return null;
    const after = context.state.sliceDoc(context.pos, context.pos + 400);
    const { word, options } = offers(place, before, after, schema);
    if (options.length === 0 || (!word && !context.explicit && !place.isNew)) return null;
    return {
      from: context.pos - word.length,
      options: options.map((option) => complete(option, place, after)),
      validFor: /^[\w$-]*$/,
    };
  };
}

/** What can stand at a place, and the beginning of it that is there already. */
function offers(place, before, after, schema) {
  const tail = (pattern) => pattern.exec(before)?.[0] ?? "";
  const columns = [...new Set(Object.values(schema).flat())];
  if (place.header !== undefined) {
    return { word: place.header, options: headers() };
  }
  if (place.text === null) {
    const word = tail(/[\w-]*$/);
    if (place.state === "key") return { word, options: keys(place.table, columns) };
    const { kind, values } = place.entry ?? {};
    if (kind === "flag") return { word, options: ["true", "false"].map((label) => ({ label })) };
    return { word, options: (values ?? []).map((label) => ({ label: JSON.stringify(label) })) };
  }
  const entry = place.entry ?? {};
  if (entry.sql) return statement(place.text, before, after, schema);
  if (entry.column) return { word: tail(/\w*$/), options: columns.map((label) => ({ label })) };
  return { word: place.text, options: (entry.values ?? []).map((label) => ({ label })) };
}

function headers() {
  const isTable = ([name, keys]) => name && SECTIONS[""][name.split(".")[0]] && isHeader(name) && keys;
  return Object.entries(SECTIONS)
    .filter(isTable)
    .map(([name]) => {
      const { says, many } = entryOf(name);
      return { label: many ? `[[${name}]]` : `[${name}]`, info: says };
    });
}

/** Tables that stand by themselves: those of the world, and those in them that hold no list. */
function isHeader(name) {
  const entry = entryOf(name);
  return entry?.in === name && !entry.kind && !entry.sql && !entry.values;
}

function entryOf(name) {
  let [table, entry] = ["", undefined];
  for (const part of name.split(".")) {
    entry = SECTIONS[table]?.[part];
    table = entry?.in;
  }
  return entry;
}

function keys(table, columns) {
  if (!table) return [];
  // Names of one's own are mostly those of columns.
  if (table.each) return table.each === "any" ? [] : columns.map((label) => ({ label, entry: { kind: "table" }, name: table.each }));
  return Object.entries(SECTIONS[table.in] ?? {})
    .filter(([label]) => !table.used.has(label))
    .map(([label, entry]) => ({ label, entry, info: entry.says }));
}

/** Inside a statement: parameters behind a $, columns behind a table's name and a point, else all. */
function statement(text, before, after, schema) {
  const parameter = /\$\w*$/.exec(text)?.[0];
  if (parameter) {
    const route = before.slice(before.lastIndexOf("[[route]]") + 1);
    const inPath = [...route.matchAll(/\{\*?(\w+)\}/g)].map(([, name]) => name);
    const ruled = [...route.matchAll(/(\w+)\s*=\s*\{\s*type/g)].map(([, name]) => name);
    const names = [...new Set([...inPath, ...ruled, ...SUPPLIED])];
    return { word: parameter, options: names.map((name) => ({ label: `$${name}` })) };
  }
  const word = /\w*$/.exec(text)[0];
  const table = /(\w+)\.\w*$/.exec(text)?.[1];
  const whole = text + after.split(/["']/)[0];
  const alias = table && new RegExp(`\\b(\\w+)\\s+(?:AS\\s+)?${table}\\b(?!\\.)`, "i").exec(whole)?.[1];
  const of = schema[table] ?? schema[alias];
  if (table) return { word, options: (of ?? []).map((label) => ({ label })) };
  const named = Object.entries(schema).filter(([name]) => new RegExp(`\\b${name}\\b`).test(whole));
  const columns = [...new Set(named.flatMap(([, columns]) => columns))];
  return {
    word,
    options: [
      ...columns.map((label) => ({ label, boost: 2 })),
      ...Object.keys(schema).map((label) => ({ label, boost: 1 })),
      ...KEYWORDS.split(" ").map((label) => ({ label })),
    ],
  };
}

const TEMPLATES = { number: "${}", flag: "true", list: "[${}]", table: "{ ${} }" };

function complete({ label, entry, info, boost }, place, after) {
  if (place.header !== undefined) return { label, info, apply: label.slice(0, label.length - closed(after)) };
  if (place.state !== "key" || /^\s*=/.test(after)) return { label, info, boost };
  const value = TEMPLATES[entry?.in && !entry.kind && !entry.sql ? "table" : entry?.kind] ?? '"${}"';
  return snippetCompletion(`${label} = ${value}`, { label, info, boost });
}

/** How many closing brackets stand there already. */
const closed = (after) => /^\]*/.exec(after)[0].length;

/**
 * Where the end of a text is: `{ state, table, entry, text, isNew }` with `state` "key" or "value",
 * the table a key stands in, the entry a value is of, and the text of an open string; or
 * `{ header }` in a table's name. Null in a comment.
 */
export function placeOf(source) {
  let at = 0;
  let state = "key";
  let entry;
  let root = table({ in: "" });
  let stack = [];
  const top = () => stack.at(-1) ?? root;
  while (at < source.length) {
    const rest = source.slice(at);
    const lineStart = at === 0 || source[at - 1] === "\n";
    let match;
    if (lineStart && stack.length === 0 && (match = /^[ \t]*(\[\[?[^\]\n#]*)(\]\]?)?/.exec(rest)) && match[1]) {
      at += match[0].length;
      if (!match[2] && at === source.length) return { header: match[1] };
      const name = match[1].replace(/^\[\[?/, "").trim();
      root = name.split(".").reduce((above, part) => table(step(above, part)), table({ in: "" }));
      state = "key";
    } else if ((match = /^#[^\n]*/.exec(rest))) {
      at += match[0].length;
      if (at === source.length) return null;
    } else if ((match = /^("""|'''|"|')/.exec(rest))) {
      const end = endOfText(source, at, match[1]);
      if (end === -1) {
        const text = source.slice(at + match[1].length);
        return { state: "value", entry, text, table: top(), isNew: text === "" };
      }
      if (state === "key") entry = named(top(), source.slice(at + 1, end - 1));
      at = end;
    } else if (state === "key" && (match = /^[\w-]+/.exec(rest))) {
      at += match[0].length;
      if (at < source.length) entry = named(top(), match[0]);
    } else {
      const letter = source[at];
      at += 1;
      if (letter === "=") state = "value";
      else if (letter === "{") {
        stack.push({ ...table(entry), of: entry });
        state = "key";
      } else if (letter === "[") stack.push({ list: true, of: entry });
      else if (letter === "}" || letter === "]") {
        entry = stack.pop()?.of;
        state = "value";
      } else if (letter === ",") {
        state = top().list ? "value" : "key";
        if (top().list) entry = top().of;
      } else if (letter === "\n" && stack.length === 0) state = "key";
    }
  }
  const isNew = /[{[,=]\s*$/.test(source);
  return { state: top().list ? "value" : state, table: top(), entry, text: null, isNew: isNew && state === "value" };
}

function table(entry) {
  return { in: entry?.in, each: entry?.each, used: new Set() };
}

/** The entry of a key, which is then used. */
function named(table, name) {
  table.used?.add(name);
  return step(table, name);
}

function step(table, name) {
  if (!table || table.list) return undefined;
  if (table.each) return table.each === "column" ? { column: true } : { in: table.each };
  return SECTIONS[table.in]?.[name];
}

function endOfText(source, at, quote) {
  const isRaw = quote[0] === "'";
  for (let i = at + quote.length; i < source.length; i += 1) {
    if (!isRaw && source[i] === "\\") i += 1;
    else if (source.startsWith(quote, i)) return i + quote.length;
    // A text of one line ends with it, finished or not.
    else if (quote.length === 1 && source[i] === "\n") return i;
  }
  return -1;
}

// What the editor of a world's text offers, place by place. Needs no browser.
import assert from "node:assert/strict";
import { test } from "node:test";
import { worldCompletion } from "../../src/web/editor/world.js";

const SCHEMA = { books: ["id", "title", "author_id"], authors: ["id", "name"] };

/** What is offered where a | stands: labels, and what stands there already. */
function offered(text) {
  const pos = text.indexOf("|");
  const doc = text.replace("|", "");
  const state = { sliceDoc: (from, to) => doc.slice(from, to) };
  const found = worldCompletion(SCHEMA)({ pos, explicit: true, state });
  return { word: found && doc.slice(found.from, pos), labels: found?.options.map(({ label }) => label) ?? [] };
}

test("keys are those of the table they stand in", () => {
  for (const [text, has, hasNot] of [
    ["ho|", "host", "path"],
    ["[[route]]\nme|", "method", "host"],
    ['[[route]]\nmethod = "GET"\n|', "path", "method"],
    ["[auth.bearer]\n|", "lifetime_s", "idle_s"],
    ["[auth.bearer]\nkeys = [{ k|", "kid", "issuer"],
    ['[[route]]\npage = { by = "offset", |', "size", "by"],
    ["[[route]]\nquery = { genre = { |", "one_of", "path"],
    ["[[route]]\nbody = { tags = { items = { |", "pattern", "path"],
    ["[[route]]\nbody = { |", "title", "type"],
    ['[[route]]\nsql = [{ run = "DELETE FROM books", otherwise = { |', "detail", "run"],
    ["[[route]]\nlogin = { |", "totp", "path"],
    ['[network] # {\nlatency_ms = 1\n[[route]]\nsummary = "{ ["\n|', "path", "per_row_us"],
  ]) {
    const { labels } = offered(text);
    assert.ok(labels.includes(has) && !labels.includes(hasNot), `${text}: ${labels}`);
  }
});

test("values are the few there are", () => {
  for (const [text, labels] of [
    ['[[route]]\netag = "|"', ["strong", "weak"]],
    ["[[route]]\none = |", ["true", "false"]],
    ["[cors]\ncredentials = t|", ["true", "false"]],
    ['[[rate_limit.policy]]\nkey = "|"', ["client", "user", "api-key", "route", "all"]],
    ['[[route]]\nlogin = { by = "|', ["session", "bearer"]],
    ['[[route]]\nlast_modified = "|"', ["id", "title", "author_id", "name"]],
    ["# ho|", []],
    ['[[route]]\nsummary = "ho|"', []],
  ]) {
    assert.deepEqual(offered(text).labels, labels, text);
  }
  assert.ok(offered('layers = ["cdn", "|"]').labels.includes("rate-limit"));
  assert.ok(offered('[rate_limit]\nalgorithm = "|"').labels.includes("sliding-counter"));
  assert.ok(offered("[|").labels.includes("[[route]]"));
  assert.equal(offered("[auth.b|").word, "[auth.b");
});

test("statements know tables, columns and what a route supplies", () => {
  for (const [text, has, hasNot] of [
    ['[[route]]\nsql = "SELECT books.|"', "title", "SELECT"],
    ['[[route]]\nsql = "SELECT a.| FROM authors a"', "name", "title"],
    ['[[route]]\nsql = "SELECT t| FROM books"', "title", "name"],
    ['[[route]]\nsql = [{ run = "UPDATE b|', "books", "type"],
    ["[[route]]\nsql = '''\nSELECT *\nFROM a|", "authors", "path"],
    ['[[route]]\npath = "/x/{key}"\nquery = { q = { type = "string" } }\nsql = "SELECT $|', "$key", "SELECT"],
    ['[[route]]\nquery = { q = { type = "string" } }\nallow = "SELECT 1 WHERE $|', "$q", "$key"],
  ]) {
    const { labels } = offered(text);
    assert.ok(labels.includes(has) && !labels.includes(hasNot), `${text}: ${labels}`);
  }
});

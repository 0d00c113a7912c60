// The cache inspector: what it shows of a cache, policies compared, and purges put at hand.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect, none, open } from "./inspect.mjs";
import { until } from "./learner.mjs";
import { withPage } from "./page.mjs";

/** The lab's world with a cache that takes purges, and books that have tags and may be stale. */
const TAGGED = `[cdn]
purge = true

[[route]]
method = "GET"
path = "/books/{id}"
sql = "SELECT id, title, price, stock FROM books WHERE id = $id"
one = true
etag = "strong"
latency_ms = 20
cache_control = "max-age=5, stale-while-revalidate=600"
headers = { Cache-Tag = "books, book-{id}", Cache-Groups = "\\"catalog\\"" }
`;

/** A route that looks into the key-value store first. */
const STORED = `[kv]

[[route]]
method = "GET"
path = "/books/{id}"
sql = "SELECT id, title, price FROM books WHERE id = $id"
one = true
kv = { key = "book:{id}", ttl_s = 60 }
`;

test("policies are compared on the learner's own requests, and a refused one is told at its field", () =>
  withPage(async (page) => {
    const you = await open(page, "shared-cache-and-vary");
    await turn(you);
    const form = you.scope.getByRole("region", { name: "The same requests under another policy" });
    assert.equal(await form.count(), 0);
    await you.run("http", "GET /books/1");
    await you.response.waitFor();
    await you.wait("+20 s");
    await you.run("http", "# @client ada\nGET /books/1");
    await until(async () => (await sent(you)) === 2, "two requests");
    await you.wait("+1 s");

    await form.getByRole("textbox", { name: "Policy A" }).fill("no-store");
    const second = form.getByRole("textbox", { name: "Policy B" });
    await second.fill("max-age=10, stale-while-revalidate=60");
    await second.press("Enter");
    const table = form.getByRole("table");
    await table.waitFor();
    const row = async (name) => {
      const cells = table.getByRole("row", { name }).getByRole("cell");
      return (await cells.allInnerTexts()).map((text) => text.replace(/\s+/g, " ").trim());
    };
    assert.deepEqual(await row("Requests"), ["2", "2", "2"]);
    assert.deepEqual(await row("Answered by caches"), ["1", "0", "1"]);
    assert.deepEqual(await row("Of these stale"), ["0", "0", "1"]);
    assert.deepEqual(await row("Reached the origin"), ["1", "2", "2"]);
    const words = (await row(/0:20/)).map((text) => text.replace(/ [\d.]+ m?s$/, ""));
    assert.deepEqual(words, ["● hit", "→ origin", "◐ stale"]);
    const faults = await inspect(page, "policies compared", { parts: ["Scope"], turn: () => turn(you) });

    await you.run("http", "GET /books/1");
    await form.getByText("More has happened since.").waitFor();
    await second.fill("max-age=1\u0007");
    await form.getByRole("button", { name: "Compare" }).click();
    await form.getByText("cannot be sent as Cache-Control").waitFor();
    assert.equal(await second.getAttribute("aria-invalid"), "true");
    faults.push(...(await inspect(page, "policy refused", { parts: ["Scope"], turn: () => turn(you) })));
    await second.fill("");
    await form.getByText("cannot be sent as Cache-Control").waitFor({ state: "detached" });
    await form.getByRole("button", { name: "Compare" }).click();
    await until(async () => (await row("Requests")).length === 2, "one policy beside what was");
    none(faults);
  }));

test("a purge is put into its panel for an entry and for a tag, and drops what it names when it is sent", () =>
  withPage(async (page) => {
    const you = await open(page, "shared-cache-and-vary");
    await you.run("toml", TAGGED);
    await you.run("http", "GET /books/1\n###\nGET /books/2");
    await until(async () => (await sent(you)) === 2, "two requests");
    await turn(you);
    const cdn = you.scope.locator("section.cache").filter({ has: page.getByRole("heading", { name: "CDN" }) });
    const entries = cdn.locator(".cache-entries > li");
    assert.equal(await entries.count(), 2);
    const book = entries.filter({ hasText: "GET /books/1" });
    await book.getByText("group catalog").waitFor();
    const before = await sent(you);

    await book.getByRole("button", { name: "Purge tag book-1" }).click();
    assert.match(await you.read("http"), /^PURGE \/books\/1\nCache-Tag: book-1\n?$/);
    await you.workbench.getByRole("tab", { name: "Routes" }).click();
    await book.getByRole("button", { name: "Purge /books/1" }).click();
    await you.workbench.getByRole("tab", { name: "HTTP", selected: true }).waitFor();
    assert.match(await you.read("http"), /^PURGE \/books\/1\n?$/);
    assert.equal(await sent(you), before);
    await you.workbench.getByRole("button", { name: "Send", exact: true }).click();
    await until(async () => (await entries.count()) === 1, "one entry less");
    await cdn.getByText("GET /books/2").waitFor();
  }));

test("what was asked behind a client's back is listed, with what the 304 changed, and the ratio in words", () =>
  withPage(async (page) => {
    const you = await open(page, "shared-cache-and-vary");
    await you.run("toml", TAGGED);
    await you.run("http", "GET /books/1");
    await you.response.waitFor();
    await you.wait("+10 s");
    await turn(you);
    assert.equal(await you.scope.getByRole("heading", { name: "Asked behind" }).count(), 0);
    await you.run("http", "# @client ada\nGET /books/1");
    await you.scope.getByText("being checked").waitFor();
    await you.scope.getByText("1 of 2 answered here, 50 %").waitFor();
    await you.scope.getByRole("img", { name: "The lookups, oldest first: miss, hit." }).waitFor();
    await you.wait("+1 s");
    await you.scope.getByRole("heading", { name: "Asked behind a client’s back" }).waitFor();
    await you.scope.getByText("304, still good").waitFor();
    await you.scope.getByText("What the 304 changed").click();
    none(await inspect(page, "asked behind", { parts: ["Scope"], turn: () => turn(you) }));
  }));

test("a world whose purges take a key has its field put too, to be filled in", () =>
  withPage(async (page) => {
    const you = await open(page, "shared-cache-and-vary");
    await you.run("toml", TAGGED.replace("purge = true", 'purge_key = "s3cret"'));
    await you.run("http", "GET /books/1");
    await you.response.waitFor();
    await turn(you);
    await you.scope.getByRole("button", { name: "Purge /books/1" }).click();
    assert.match(await you.read("http"), /^PURGE \/books\/1\nPurge-Key: ?\n?$/);
    await you.workbench.getByRole("button", { name: "Form", exact: true }).click();
    const value = you.workbench.getByLabel("Header 1 value");
    await value.fill("s3cret");
    await you.workbench.getByRole("button", { name: "Send", exact: true }).click();
    await you.response.getByText("answered by CDN").waitFor();
    await you.response.getByText('"purged": 1').waitFor();
  }));

test("the map draws the key-value store beside the database, and says what it gave", () =>
  withPage(async (page) => {
    const you = await open(page, "key-value-cache");
    await you.run("toml", STORED);
    const store = you.scope.getByRole("button", { name: /^Key-value store/ });
    for (const came of ["miss", "hit"]) {
      await you.run("http", "GET /books/1");
      await store.filter({ hasText: came }).waitFor();
    }
    await you.scope.getByRole("button", { name: /^Database/ }).filter({ hasText: "not reached" }).waitFor();
    await store.click();
    await you.scope.getByText("hit of book:1").waitFor();
    none(await inspect(page, "map with a store", { parts: ["Scope"] }));
  }));

async function turn(you) {
  await you.page.getByRole("tablist", { name: "Scope" }).getByRole("tab", { name: "Caches" }).click();
}

/** How many requests the learner has sent, as the history's tab says. */
async function sent(you) {
  const tab = you.page.getByRole("tablist", { name: "Scope" }).getByRole("tab", { name: /^History/ });
  return Number(/\d+/.exec(await tab.innerText())?.[0] ?? 0);
}

// The request panel and the API view, as a person uses them.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { Learner, until } from "./learner.mjs";
import { url, withPage } from "./page.mjs";

/** A sandbox, with the request as a form. */
async function sandbox(page, hash = "#/sandbox/bookshop") {
  await page.goto(url + hash);
  const you = new Learner(page, "sandbox/bookshop");
  await you.ready();
  return you;
}

const path = (you) => you.workbench.getByRole("textbox", { name: "Path" });
const send = (you) => you.workbench.getByRole("button", { name: "Send", exact: true }).click();

/** Sends what the form holds, for this path, and waits for the answer. */
async function get(you, target) {
  await path(you).fill(target);
  const before = await you.saved().then((save) => save?.log.length ?? 0, () => 0);
  await send(you);
  await until(async () => (await you.saved())?.log.length > before, `an answer to ${target}`);
}

test("a cURL command that is pasted becomes a request, and is copied back", () =>
  withPage(
    async (page) => {
      const you = await sandbox(page);
      await you.workbench.getByRole("button", { name: "Paste cURL" }).click();
      const box = you.workbench.getByRole("region", { name: "Paste cURL" });
      const command = box.getByRole("textbox", { name: "A cURL command" });
      await command.fill("curl https://bookshop.example/reviews \\\n  -H 'Accept: text/csv");
      await box.getByRole("button", { name: "Take it over" }).click();
      await box.getByRole("alert").getByText("Line 2, column 6.").waitFor();

      await command.fill("curl -L https://bookshop.example/reviews \\\n  -u ada:secret \\\n  --json '{\"book_id\": 1,}'");
      await box.getByRole("button", { name: "Take it over" }).click();
      await box.waitFor({ state: "detached" });
      await you.workbench.getByRole("status").getByText("-L was left out").waitFor();
      assert.equal(await you.workbench.getByRole("combobox", { name: "Method" }).inputValue(), "POST");
      assert.equal(await path(you).inputValue(), "/reviews");
      assert.equal(await you.workbench.getByRole("textbox", { name: "Name", exact: true }).inputValue(), "ada");
      await you.workbench.getByText("There is a comma behind the last one.").waitFor();

      // The text says the same, and goes back to a terminal as one would write it.
      const text = await you.read("http");
      assert.equal(
        text,
        "POST /reviews\nAuthorization: Basic YWRhOnNlY3JldA==\nContent-Type: application/json\nAccept: application/json\n\n{\"book_id\": 1,}\n",
      );
      await you.workbench.getByRole("button", { name: "Copy as cURL" }).click();
      const copied = await page.evaluate(() => navigator.clipboard.readText());
      assert.match(copied, /^curl https:\/\/bookshop\.example\/reviews \\\n {2}-H 'Authorization: Basic YWRhOnNlY3JldA=='/);
      assert.ok(copied.endsWith("--data-raw '{\"book_id\": 1,}'"));
    },
    { permissions: ["clipboard-read", "clipboard-write"] },
  ));

test("a command is taken where a path is pasted", () =>
  withPage(async (page) => {
    const you = await sandbox(page);
    await path(you).evaluate((element) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData("text", "curl -X DELETE localhost:3000/books/7");
      element.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
    });
    await until(async () => (await path(you).inputValue()) === "/books/7", "the path");
    assert.equal(await you.workbench.getByRole("combobox", { name: "Method" }).inputValue(), "DELETE");
    await you.workbench.getByRole("status").getByText("localhost:3000 was left out").waitFor();
  }));

test("fields of an answer are explained part by part", () =>
  withPage(async (page) => {
    const you = await sandbox(page);
    await get(you, "/books/1");
    const field = you.response.getByRole("row", { name: /^RateLimit-Policy/ });
    const part = field.getByText("requests at most.");
    assert.equal(await part.isVisible(), false);
    await field.getByText("The quota (q)").click();
    await part.waitFor();
    await you.response.getByText("What was sent").click();
    await you.response.getByRole("row", { name: /^Host bookshop\.example/ }).waitFor();
  }));

test("two answers are compared, and an earlier one is seen again", () =>
  withPage(async (page) => {
    const you = await sandbox(page);
    await get(you, "/books/1");
    await get(you, "/books/2");
    await you.response.getByRole("combobox", { name: "compared with" }).selectOption({ label: "#1 GET /books/1 → 200" });
    const comparison = you.response.getByRole("region", { name: "Comparison" });
    await comparison.getByRole("row", { name: "Request GET /books/1 GET /books/2" }).waitFor();
    const body = await comparison.getByLabel("Bodies, line by line").innerText();
    assert.ok(/^− {3}"id": 1,$/m.test(body) && /^\+ {3}"id": 2,$/m.test(body), body);
    await you.response.getByRole("combobox", { name: "Answer" }).selectOption({ label: "#1 GET /books/1 → 200" });
    await comparison.waitFor({ state: "detached" });
    // The map follows.
    await you.scope.getByRole("tab", { name: /^History/ }).click();
    await you.scope.getByRole("button", { name: /GET \/books\/1 / }).and(you.scope.locator("[aria-pressed=true]")).waitFor();
  }));

test("a value of an answer is kept, listed, and sent with the next request", () =>
  withPage(async (page) => {
    const you = await sandbox(page);
    await path(you).fill("/books/3");
    await you.workbench.getByText("Keep of the answer").click();
    const keep = you.workbench.getByRole("button", { name: "Keep", exact: true });
    await you.workbench.getByRole("textbox", { name: "Variable" }).fill("author");
    await keep.click();
    await you.workbench.getByRole("alert").waitFor();
    await you.workbench.getByRole("combobox", { name: "Where its value stands" }).fill('jsonpath "$.author_id"');
    await keep.click();
    await you.workbench.getByRole("button", { name: "Keep author no more" }).waitFor();
    await send(you);
    const variables = you.workbench.getByRole("group").filter({ hasText: "1 variable" });
    await variables.getByText("{{author}}").waitFor();
    await get(you, "/authors/{{author}}");
    await you.response.getByText(/^GET \/authors\/\d+/).or(you.response.getByRole("option", { name: /GET \/authors\/\d+/ })).first().waitFor({ state: "attached" });
  }));

test("how one looks at things outlives a narrow window, and an address says it", () =>
  withPage(async (page) => {
    const you = await sandbox(page, "#/sandbox/bookshop?scope=data");
    const tab = (name) => you.scope.getByRole("tab", { name });
    assert.equal(await tab(/^Data/).getAttribute("aria-selected"), "true");
    await get(you, "/books/1");
    await you.response.getByRole("button", { name: "Raw" }).click();
    await you.workbench.getByRole("button", { name: "Text", exact: true }).click();
    await page.setViewportSize({ width: 700, height: 800 });
    const parts = page.getByRole("tablist", { name: "Parts of the lab" });
    await parts.getByRole("tab", { name: "Scope" }).click();
    await page.getByRole("tab", { name: /^Data/ }).and(page.locator("[aria-selected=true]")).waitFor();
    await parts.getByRole("tab", { name: "Workbench" }).click();
    for (const name of ["Raw", "Text"]) {
      await page.getByRole("button", { name, exact: true }).and(page.locator("[aria-pressed=true]")).waitFor();
    }
  }));

test("the API is exported, and its routes are tried", () =>
  withPage(async (page) => {
    const you = await sandbox(page);
    await you.scope.getByRole("tab", { name: "API" }).click();
    await you.scope.getByRole("button", { name: "OpenAPI" }).click();
    const file = you.scope.getByLabel("openapi.json");
    assert.match(await file.innerText(), /"openapi": "3\.1/);
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      you.scope.getByRole("button", { name: "Download" }).click(),
    ]);
    assert.equal(download.suggestedFilename(), "openapi.json");
    JSON.parse(await readFile(await download.path(), "utf8"));
    await you.scope.getByRole("button", { name: "Try GET /books/{id}", exact: true }).click();
    assert.equal(await path(you).inputValue(), "/books/1");
  }));

test("a route is read as code of a framework", () =>
  withPage(async (page) => {
    const you = await sandbox(page);
    await you.scope.getByRole("tab", { name: "API" }).click();
    await you.scope.getByRole("button", { name: "GET /books/{id} as code", exact: true }).click();
    await you.scope.getByText('.get("/books/:id"').waitFor();
    await you.scope.getByRole("combobox", { name: /^The same endpoint/ }).selectOption("FastAPI");
    await you.scope.getByText('.get("/books/{id}"').waitFor();
    // Another route's code comes in the same framework.
    await you.scope.getByRole("button", { name: "GET /authors/{id} as code", exact: true }).click();
    await you.scope.getByText('.get("/authors/{id}"').waitFor();
  }));

test("who has logged in is seen, with what the login gave", () =>
  withPage(async (page) => {
    const you = await sandbox(page, "#/sandbox/club?scope=access");
    await you.scope.getByText("Nobody has logged in so far.").waitFor();
    await you.write(
      "http",
      'POST /tokens\nContent-Type: application/json\n\n{"email": "ada@club.example", "password": "violet-river-7"}\n',
    );
    await send(you);
    await you.scope.getByRole("meter", { name: /^Age of the access token/ }).waitFor();
    await you.scope.getByRole("meter", { name: /^Age of the refresh token/ }).waitFor();
  }));

test("the text of a request is completed", () =>
  withPage(async (page) => {
    const you = await sandbox(page);
    await you.write("http", "GET /books/1\nif-n");
    await page.keyboard.press("Control+Space");
    await page.getByRole("option", { name: "If-None-Match" }).click();
    assert.equal((await you.read("http")).trim(), "GET /books/1\nIf-None-Match:");
  }));

// The SQL panel: two consoles that wait for each other, plans, the diagram, errors at their place.
import assert from "node:assert/strict";
import { test } from "node:test";
import { url, withPage } from "./page.mjs";

/** The bookshop's sandbox with its SQL panel in front. */
async function sandbox(page) {
  await page.goto(`${url}#/sandbox/bookshop`);
  await page.getByRole("tab", { name: "SQL" }).click();
  await page.getByRole("button", { name: "Open a second console" }).waitFor();
}

/** Types `sql` into a console and runs it. */
async function run(page, name, sql) {
  const console = page.getByRole("region", { name, exact: true });
  // The plain field is there first; the editor takes its place.
  await console.locator('.cm-content[contenteditable="true"]').click();
  await page.keyboard.press("Control+A");
  await page.keyboard.insertText(sql);
  await page.keyboard.press("Escape");
  await console.getByRole("button", { name: "Run", exact: true }).click();
  return console;
}

test("a statement that meets another console's lock waits, says for whom, and goes on", () =>
  withPage(async (page) => {
    await sandbox(page);
    await page.getByRole("button", { name: "Open a second console" }).click();
    const first = await run(page, "Console 1", "BEGIN;\nUPDATE books SET price = price + 1 WHERE id = 1");
    await first.locator(".panel-bar").getByText("in a transaction, read committed").waitFor();
    const second = await run(page, "Console 2", "UPDATE books SET price = 5 WHERE id = 1;\nSELECT titel FROM books");
    const waits = second.locator(".results").getByText("Waits for console 1");
    await waits.waitFor();
    await run(page, "Console 2", "SELECT 1");
    await second.getByText("still waits for console 1").waitFor();

    await run(page, "Console 1", "COMMIT");
    await second.locator(".badge", { hasText: "UPDATE" }).waitFor();
    await second.getByText("Did you mean").waitFor();
    assert.equal(await waits.count(), 0);
    const seen = await run(page, "Console 1", "SELECT price FROM books WHERE id = 1");
    await seen.getByRole("cell", { name: "5.00", exact: true }).waitFor();

    await page.reload();
    await page.getByRole("tab", { name: "SQL" }).click();
    await page.getByRole("region", { name: "Console 2", exact: true }).waitFor();
  }));

test("a plan tells how rows were found, an error stands underlined at its place", () =>
  withPage(async (page) => {
    await sandbox(page);
    const console = await run(page, "SQL", "SELECT title FROM books WHERE id = 7");
    await console.getByText("Plan: 1 row read, by books_pkey").click();
    await console.getByText("Index Scan").waitFor();
    await run(page, "SQL", "SELECT titel FROM books");
    await console.getByText("Did you mean").waitFor();
    assert.equal(await console.locator(".cm-lintRange-error").innerText(), "titel");
  }));

test("what was run before goes back into the editor with a click", () =>
  withPage(async (page) => {
    await sandbox(page);
    await run(page, "SQL", "SELECT 41 AS first");
    const console = await run(page, "SQL", "SELECT 42 AS second");
    await console.getByRole("columnheader", { name: "second" }).waitFor();
    await console.getByText("What you ran before").click();
    await console.getByRole("button", { name: "SELECT 41 AS first" }).click();
    await console.getByRole("button", { name: "Run", exact: true }).click();
    await console.getByRole("columnheader", { name: "first" }).waitFor();
  }));

test("the tables are drawn with their foreign keys", () =>
  withPage(async (page) => {
    await sandbox(page);
    const scope = page.getByRole("region", { name: "Scope" });
    await scope.getByRole("tab", { name: /^Data/ }).click();
    await scope.getByRole("button", { name: "Diagram" }).click();
    const drawing = scope.getByRole("img", { name: /orders\(customer_id\) refers to customers\(id\)/ });
    await drawing.waitFor();
    for (const name of ["authors", "books", "order_items"]) {
      await drawing.getByText(name, { exact: true }).waitFor();
    }
  }));

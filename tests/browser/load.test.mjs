import assert from "node:assert/strict";
import { test } from "node:test";
import { url, withPage } from "./page.mjs";

test("the page loads with nothing missing and nothing from another host", () =>
  withPage(async (page) => {
    await page.goto(url, { waitUntil: "load" });
    assert.equal(await page.title(), "Backlab");
    await page.waitForLoadState("networkidle");
  }));

test("the editor's bundle loads by itself and makes an editor", () =>
  withPage(async (page) => {
    await page.goto(url);
    const text = await page.evaluate(async () => {
      const { create } = await import("./editor.js");
      const parent = document.body.appendChild(document.createElement("div"));
      create(parent, { text: "SELECT 1;", language: "sql", label: "SQL" });
      return parent.querySelector('[contenteditable="true"] .cm-line').textContent;
    });
    assert.equal(text, "SELECT 1;");
  }));

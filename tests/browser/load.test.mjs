import assert from "node:assert/strict";
import { test } from "node:test";
import { url, withPage } from "./page.mjs";

test("the page loads with nothing missing and nothing from another host", () =>
  withPage(async (page) => {
    await page.goto(url, { waitUntil: "load" });
    assert.equal(await page.title(), "Backlab");
    await page.waitForLoadState("networkidle");
  }));

test("the page paints and listens before its second part is there, and goes on when it comes", () =>
  withPage(
    async (page) => {
      let deliver;
      const asked = new Promise((resolve) => {
        page.route("**/*_later.wasm", async (route) => {
          await new Promise((go) => {
            deliver = go;
            resolve();
          });
          await route.continue();
        });
      });
      await page.goto(url);
      await asked;
      const main = page.getByRole("main");
      const lab = main.getByRole("link", { name: /Fresh enough/ });
      await lab.waitFor();
      await page.getByRole("combobox", { name: "Colours" }).selectOption("dark");
      await page.locator('html[data-theme="dark"]').waitFor();
      await main.getByRole("searchbox").fill("429");
      await lab.waitFor({ state: "detached" });
      await main.getByRole("searchbox").fill("");
      await lab.click();
      await main.getByText("Fetching the page…").waitFor();
      deliver();
      await page.getByRole("region", { name: "Guide" }).waitFor();
      await page.getByRole("region", { name: "Workbench" }).waitFor();
    },
    { allow: [/preloaded using link preload but not used/] },
  ));

test("when the second part is not to be had, the page says so and still lists the labs", () =>
  withPage(
    async (page) => {
      await page.route("**/*_later.wasm", (route) => route.abort());
      await page.goto(url);
      await page.getByText(/The rest of this page could not be fetched/).waitFor();
      await page.getByRole("button", { name: "Reload" }).waitFor();
      await page.getByRole("main").getByRole("link", { name: /Fresh enough/ }).waitFor();
    },
    { allow: [/Failed to load resource/, /preloaded using link preload but not used/] },
  ));

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

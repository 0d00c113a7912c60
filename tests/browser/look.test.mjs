// What can be said about the look without eyes: accessible, nothing cut off, focus seen.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect, none, open, prepare } from "./inspect.mjs";
import { url, withPage } from "./page.mjs";

test("home, progress and questions are accessible and fit, in both themes", () =>
  withPage(async (page) => {
    await prepare(page);
    const faults = [];
    for (const [name, hash, heading] of [
      ["home", "#/", /./],
      ["progress", "#/progress", "Progress"],
      ["questions", "#/questions", "Questions"],
      ["nowhere", "#/nowhere", "Nothing here"],
      ["no such lab", "#/lab/nope", /./],
    ]) {
      await page.goto(url + hash);
      await page.getByRole("heading", { level: 1, name: heading }).waitFor();
      if (name === "home") await page.getByText(/^\d+ labs$/).first().waitFor();
      faults.push(...(await inspect(page, name)));
    }
    none(faults);
  }));

test("a lab's panels are accessible and fit, in both themes", () =>
  withPage(async (page) => {
    const you = await open(page, "http-freshness");
    const faults = await inspect(page, "http at first");
    await you.run("http", "GET /books/1\n###\nGET /books/1");
    await you.response.waitFor();
    faults.push(...(await inspect(page, "http with a response", { parts: ["Workbench", "Scope"] })));
    for (const name of ["Caches", "Data"]) {
      const turn = () => page.getByRole("tablist", { name: "Scope" }).getByRole("tab", { name }).click();
      faults.push(...(await inspect(page, name, { parts: ["Scope"], turn })));
    }
    await you.run("sql", "SELECT * FROM books");
    await you.workbench.getByRole("region", { name: "Result" }).waitFor();
    faults.push(...(await inspect(page, "sql with rows", { parts: ["Workbench"] })));
    await you.turnTo("toml");
    await you.liveEditor("toml");
    faults.push(...(await inspect(page, "routes", { parts: ["Workbench"] })));
    none(faults);
  }));

test("errors, hints, a solution and a dialog are accessible and fit, in both themes", () =>
  withPage(async (page) => {
    const you = await open(page, "select-basics");
    await you.run("sql", "SELECT titel FROM books");
    await you.check();
    await you.guide.getByRole("button", { name: "Hint", exact: true }).click();
    await you.guide.getByRole("button", { name: "Show solution" }).click();
    const faults = await inspect(page, "failed check, hint, solution, SQL error", { parts: ["Guide", "Workbench"] });
    await you.guide.getByRole("button", { name: "Reset task" }).click();
    await page.getByRole("dialog").waitFor();
    faults.push(...(await inspect(page, "dialog", { parts: [] })));
    none(faults);
  }));

test("limiter, load and trace are accessible and fit, in both themes", () =>
  withPage(async (page) => {
    const you = await open(page, "rate-limit-429");
    await you.run("http", "# @times 20\n# @every 60 ms\nGET /books/1");
    await you.response.waitFor();
    const faults = [];
    for (const name of ["Limiter", "Load", "Trace", "History"]) {
      const turn = () => page.getByRole("tablist", { name: "Scope" }).getByRole("tab", { name }).click();
      faults.push(...(await inspect(page, name, { parts: ["Scope"], turn })));
    }
    none(faults);
  }));

test("the focus is always seen, and Tab leaves the editor", () =>
  withPage(async (page) => {
    const you = await open(page, "http-freshness");
    await you.turnTo("toml");
    const editor = await you.liveEditor("toml");
    const text = await you.read("toml");
    await page.keyboard.press("Tab");
    assert.equal(await editor.evaluate((element) => element.contains(document.activeElement)), false);
    assert.equal(await you.read("toml"), text);

    await page.goto(url);
    await page.getByText(/^\d+ labs$/).first().waitFor();
    const hidden = await unseenFocus(page);
    await page.goto(`${url}#/lab/http-freshness`);
    await you.ready();
    await you.turnTo("http");
    assert.deepEqual([...hidden, ...(await unseenFocus(page))], []);
  }));

test("a lab can be read before the engine is there", () =>
  withPage(async (page) => {
    await page.route("**/worker*.wasm", () => {});
    await page.goto(`${url}#/lab/http-anatomy`);
    await page.getByRole("heading", { level: 1, name: "Anatomy of a request" }).waitFor();
    await page.getByRole("region", { name: "Guide" }).getByText("The shop has 412 books").waitFor();
    await page.getByText("The engine is loading.").waitFor();
  }));

/** Tabs through the page; gives what has the focus and does not show it. */
async function unseenFocus(page) {
  await page.evaluate(() => document.activeElement?.blur());
  const faults = [];
  for (let stops = 0; stops < 80; stops += 1) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body) return null;
      const name = `${element.tagName} ${element.getAttribute("aria-label") ?? element.innerText?.slice(0, 30)}`;
      // A field may show its focus on what is around it.
      for (let at = element, up = 0; at && up < 3; at = at.parentElement, up += 1) {
        const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(at);
        const hasOutline = outlineStyle !== "none" && parseFloat(outlineWidth) > 0;
        if (hasOutline || (up === 0 && boxShadow !== "none")) return { name, seen: true };
      }
      return { name, seen: false };
    });
    if (!stop) break;
    if (!stop.seen) faults.push(stop.name);
  }
  return faults;
}

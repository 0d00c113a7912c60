// What can be said about the look without eyes: accessible, nothing cut off, focus seen.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { test } from "node:test";
import { Learner, until } from "./learner.mjs";
import { url, withPage } from "./page.mjs";

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const WIDTHS = [1440, 700, 360, 320];
/** Below this width the parts of a lab are tabs. */
const NARROW = 900;

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

/** Without motion, since a state in between would be judged; and with axe in every page. */
async function prepare(page) {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.addInitScript(AXE);
}

async function open(page, id) {
  await prepare(page);
  await page.goto(`${url}#/lab/${id}`);
  const you = new Learner(page, id);
  await you.ready();
  return you;
}

/** There is no fault; one that is seen in many places is told once. */
function none(faults) {
  const places = new Map();
  for (const { fault, where } of faults) places.set(fault, [...(places.get(fault) ?? []), where]);
  assert.deepEqual([...places].map(([fault, at]) => `${fault} (${at.length} times, first: ${at[0]})`), []);
}

/**
 * What is wrong with the page as it stands, at all widths and in both themes. Where the parts of a
 * lab are tabs, those parts are looked at, after `turn()`; none stays at the one that is open.
 */
async function inspect(page, state, { widths = WIDTHS, parts = ["Guide", "Workbench", "Scope"], turn } = {}) {
  const faults = [];
  const tabs = page.getByRole("tablist", { name: "Parts of the lab" });
  const isLab = (await page.getByRole("region", { name: "Scope" }).count()) > 0;
  for (const width of widths) {
    await page.setViewportSize({ width, height: width > NARROW ? 900 : 800 });
    const hasTabs = isLab && width < NARROW;
    if (isLab) await until(async () => (await tabs.count()) > 0 === hasTabs, `${width} px wide`);
    for (const part of hasTabs && parts.length > 0 ? parts : [""]) {
      if (part) await tabs.getByRole("tab", { name: part }).click();
      if (turn) await turn();
      const where = `${state} ${part} ${width} px`;
      // Colours do not depend on the width: dark is judged where it is widest and narrowest.
      const themes = width === widths[0] || width === widths.at(-1) ? ["light", "dark"] : ["light"];
      for (const colorScheme of themes) {
        await page.emulateMedia({ colorScheme });
        const found = await page.evaluate(judge, RULES);
        faults.push(...found.map((fault) => ({ fault, where: `${where} ${colorScheme}` })));
      }
      const found = await page.evaluate(cutOff);
      faults.push(...found.map((fault) => ({ fault, where })));
    }
  }
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: widths[0], height: 900 });
  if (isLab) await until(async () => (await tabs.count()) === 0, "a wide page again");
  return faults;
}

/** Runs in the page: what axe finds once nothing moves any more. */
async function judge(values) {
  const frame = () => new Promise(requestAnimationFrame);
  const moves = () => document.getAnimations().some(({ playState }) => playState === "running");
  await frame();
  // An animation whose element is gone may never say that it is finished, so frames are counted.
  for (let frames = 0; frames < 300 && (frames === 0 || moves()); frames += 1) await frame();
  const { violations } = await axe.run(document, { runOnly: { type: "tag", values }, resultTypes: ["violations"] });
  return violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.target.join(" ")}: ${(node.any[0] ?? node.all[0] ?? node.none[0])?.message}`),
  );
}

/** Runs in the page: what sticks out at the side and cannot be scrolled to. */
function cutOff() {
  const width = document.documentElement.clientWidth;
  const faults = [];
  if (document.documentElement.scrollWidth > width) faults.push("the page scrolls sideways");
  const scrolls = (element) => {
    for (let at = element.parentElement; at; at = at.parentElement) {
      if (["auto", "scroll"].includes(getComputedStyle(at).overflowX)) return true;
    }
    return false;
  };
  for (const element of document.querySelectorAll("body *")) {
    const box = element.getBoundingClientRect();
    const isSeen = box.width > 1 && box.height > 1 && element.checkVisibility();
    if (isSeen && box.right > width + 1 && box.left < width && !scrolls(element)) {
      faults.push(`sticks out by ${Math.round(box.right - width)} px: ${element.tagName} ${element.className}`);
    }
  }
  return faults.slice(0, 3);
}

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

// How a page is judged without eyes: by axe, and by what sticks out of it.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { Learner, until } from "./learner.mjs";
import { url } from "./page.mjs";

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const WIDTHS = [1440, 700, 360, 320];
/** Below this width the parts of a lab are tabs. */
const NARROW = 900;

/** Without motion, since a state in between would be judged; and with axe in every page. */
export async function prepare(page) {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.addInitScript(AXE);
}

/** A learner in a lab that will be looked at. */
export async function open(page, id) {
  await prepare(page);
  await page.goto(`${url}#/lab/${id}`);
  const you = new Learner(page, id);
  await you.ready();
  return you;
}

/** There is no fault; one that is seen in many places is told once. */
export function none(faults) {
  const places = new Map();
  for (const { fault, where } of faults) places.set(fault, [...(places.get(fault) ?? []), where]);
  assert.deepEqual([...places].map(([fault, at]) => `${fault} (${at.length} times, first: ${at[0]})`), []);
}

/**
 * What is wrong with the page as it stands, at all widths and in both themes. Where the parts of a
 * lab are tabs, those parts are looked at, after `turn()`; none stays at the one that is open.
 */
export async function inspect(page, state, { widths = WIDTHS, parts = ["Guide", "Workbench", "Scope"], turn } = {}) {
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

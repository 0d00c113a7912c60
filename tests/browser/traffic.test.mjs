// Traffic is watched live: run, held, looked at and kept, by keyboard alone if need be.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { inspect, none, prepare } from "./inspect.mjs";
import { longestGaps, watchFrames } from "./frames.mjs";
import { Learner, until } from "./learner.mjs";
import { url, withPage } from "./page.mjs";

const SHOP = await readFile(new URL("../traffic/shop.toml", import.meta.url), "utf8");

test("a run is watched, held while other work goes on, goes on, and is kept", () =>
  withPage(async (page) => {
    const you = await withTraffic(page);
    const button = (name) => you.workbench.getByRole("button", { name, exact: true });
    await button("Run").click();
    const figures = you.workbench.getByRole("region", { name: "Figures" });
    await figures.getByRole("heading", { name: "visitors" }).waitFor();
    await until(async () => Number(await you.progress.getAttribute("aria-valuenow")) > 50, "some progress");
    const took = await page.evaluate(async () => {
      const start = performance.now();
      [...document.querySelectorAll("button")].find(({ innerText }) => innerText.trim() === "Pause").click();
      while (!document.body.innerText.includes("Go on")) await new Promise(requestAnimationFrame);
      return performance.now() - start;
    });
    assert.ok(took < 1_000, `the pause took ${took} ms`);

    await you.run("sql", "SELECT COUNT(*) FROM books");
    await you.workbench.getByRole("cell", { name: "412" }).waitFor();
    await you.workbench.getByRole("tab", { name: "Traffic" }).click();
    const held = await you.progress.getAttribute("aria-valuetext");
    assert.match(held, / of 1 min$/);

    await button("Go on").click();
    await you.over();
    await you.workbench.getByRole("img", { name: /^Latency of visitors: mean .* p99 / }).waitFor();
    await you.workbench.getByText(/credits an hour/).waitFor();
    await until(async () => (await you.saved()).log.some((command) => command.run), "the run in the log");

    await button("Run").click();
    await button("Stop").click();
    await button("Run").waitFor();
    await you.workbench.getByText("1 min", { exact: true }).waitFor();
  }));

test("the system shows where it waits, and a part its figures", () =>
  withPage(async (page) => {
    const you = await withTraffic(page);
    // Before it runs, it shows what the text describes.
    await you.scope.getByRole("tab", { name: "System", selected: true }).waitFor();
    await you.scope.getByText("Nothing was sent yet.").waitFor();
    await you.scope.getByRole("button", { name: /^connections/ }).click();
    await you.scope.getByRole("region", { name: "Settings of connections" }).getByText("300 ms").waitFor();
    await you.workbench.getByRole("button", { name: "Run", exact: true }).click();
    await you.over();
    await you.scope.getByText("busiest").first().waitFor();
    await you.scope.getByRole("button", { name: /^api-2/ }).click();
    const details = you.scope.getByRole("region", { name: "Figures of api-2" });
    await details.getByText("Little’s law").waitFor();
    await details.getByText("the part went down with it inside").waitFor();
    await you.scope.getByRole("tab", { name: /^Requests/ }).click();
    await you.scope.getByRole("region", { name: "Requests" }).getByText("sent at").first().waitFor();
  }));

test("a dot in the latency is one request, and leads to its way", () =>
  withPage(async (page) => {
    const you = await withTraffic(page);
    await you.workbench.getByRole("button", { name: "Run", exact: true }).click();
    await you.over();
    const dots = you.workbench.locator(".chart-dot[title]");
    const says = [];
    for (const dot of await dots.all()) says.push(await dot.getAttribute("title"));
    assert.ok(says.length > 5, `${says}`);
    // The quickest is not the one that stands first by itself.
    const took = (text) => parseFloat(text) * (/^[\d.,]+ s/.test(text) ? 1000 : 1);
    const quick = says.reduce((a, b) => (took(b) < took(a) ? b : a));
    await dots.nth(says.indexOf(quick)).click();
    await you.scope.getByRole("tab", { name: /^Requests/, selected: true }).waitFor();
    const open = you.scope.locator("details[open] > summary");
    await until(async () => (await open.first().innerText()).includes(quick.split(",")[0]), `open: ${quick}`);
  }));

test("a keyboard is enough to watch traffic", () =>
  withPage(async (page) => {
    const you = await withTraffic(page);
    await you.workbench.getByRole("tab", { name: "Traffic" }).focus();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await until(async () => (await you.focused()) === "Pause", "the same button pauses");
    await page.keyboard.press("Enter");
    await until(async () => (await you.focused()) === "Go on", "and goes on");
    await page.keyboard.press("Enter");
    await you.over();
    assert.equal(await you.focused(), "Run");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.type("7");
    await page.keyboard.press("Enter");
    await you.over();
    await until(async () => (await you.saved()).log.some((command) => command.run?.seed === 7), "the seed in the log");
  }));

test("frames keep coming while traffic is watched", () =>
  withPage(async (page) => {
    const you = await withTraffic(page);
    await watchFrames(page);
    await you.workbench.getByRole("button", { name: "Run", exact: true }).click();
    await you.over();
    const gaps = await longestGaps(page);
    const middle = gaps[Math.floor(gaps.length / 2)];
    if (process.env.BACKLAB_FRAMES) console.log(`# frame gaps: ${gaps.map(Math.round)}`);
    assert.ok(middle < 100, `frames took ${gaps} ms`);
  }));

test("a text without traffic has no panel for it, and one that is taken away leaves none behind", () =>
  withPage(async (page) => {
    const you = await open(page);
    const tab = you.workbench.getByRole("tab", { name: "Traffic" });
    assert.equal(await tab.count(), 0);
    const before = await you.read("toml");
    await you.applyText(`${before}\n${SHOP}`);
    await tab.waitFor();
    await you.applyText(before);
    await tab.waitFor({ state: "detached" });
  }));

test("traffic is accessible and fits, in both themes", () =>
  withPage(async (page) => {
    await prepare(page);
    const you = await withTraffic(page);
    const faults = await inspect(page, "before it runs", { widths: [1440, 320], parts: ["Workbench"] });
    await you.workbench.getByRole("button", { name: "Run", exact: true }).click();
    await until(async () => Number(await you.progress.getAttribute("aria-valuenow")) > 50, "some progress");
    await you.workbench.getByRole("button", { name: "Pause", exact: true }).click();
    faults.push(...(await inspect(page, "paused", { widths: [1440, 320], parts: ["Workbench"] })));
    await you.workbench.getByRole("button", { name: "Go on", exact: true }).click();
    await you.over();
    for (const name of [/^System/, /^Requests/]) {
      const turn = async () => {
        const tab = page.getByRole("tablist", { name: "Scope" }).getByRole("tab", { name });
        if (await tab.count()) await tab.click();
      };
      faults.push(...(await inspect(page, `${name}`, { parts: ["Workbench", "Scope"], turn })));
    }
    none(faults);
  }));

test("the traffic of a limiter goes through other algorithms, and what is held back says so", () =>
  withPage(async (page) => {
    const you = await open(page);
    await you.run("http", "# @times 20\n# @every 60 ms\nGET /books/1");
    await you.response.waitFor();
    await you.scope.getByRole("tab", { name: "Limiter" }).click();
    await you.scope.getByRole("button", { name: "The same traffic through other algorithms" }).click();
    for (const says of [/^fixed-window: \d+ allowed, \d+ refused$/, /^token-bucket: \d+ allowed/, /^leaky-bucket: .* held back, up to /]) {
      await you.scope.getByText(says).waitFor();
    }
    await you.run("http", "GET /books/1");
    await you.scope.getByText(/^fixed-window: \d+ allowed/).waitFor({ state: "detached" });
  }));

/** A sandbox whose text describes traffic, with the panel in front. */
async function withTraffic(page) {
  const you = await open(page);
  await you.applyText(`${await you.read("toml")}\n${SHOP}`);
  await you.workbench.getByRole("tab", { name: "Traffic" }).click();
  return you;
}

async function open(page) {
  await page.goto(`${url}#/sandbox/bookshop`);
  const you = new Watcher(page, "sandbox/bookshop");
  await you.ready();
  return you;
}

/** A learner who watches traffic. */
class Watcher extends Learner {
  get progress() {
    return this.workbench.getByRole("progressbar");
  }

  /** Waits until a run is over and kept. */
  async over() {
    await this.workbench.getByRole("status").filter({ hasText: "The run is over" }).waitFor();
  }

  /** What the element with the focus says. */
  focused() {
    return this.page.evaluate(() => document.activeElement.innerText.trim());
  }

  /** Replaces the world's text and applies it. */
  async applyText(text) {
    await this.write("toml", text);
    await this.workbench.getByRole("button", { name: "Apply", exact: true }).click();
    await this.workbench.getByText("This is what the backend runs.").waitFor();
  }
}

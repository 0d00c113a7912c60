// Measures the traffic simulator in the built page: how long its worker takes for so many requests, and how
// the page fares while a million are watched. Prints one line of JSON.
import { readFile } from "node:fs/promises";
import { launch } from "../../../tests/browser/browser.mjs";
import { longestGaps, watchFrames } from "../../../tests/browser/frames.mjs";
import { Learner } from "../../../tests/browser/learner.mjs";
import { url } from "../../../tests/browser/site.mjs";
import { ask, worldFiles } from "../../../tests/browser/worker.mjs";

const CHAIN = await readFile(new URL("../../../tests/traffic/million.toml", import.meta.url), "utf8");
const SIZES = [10_000, 100_000, 1_000_000];
const SAMPLES = 5;
const PAUSES = 20;
/** Longer than a run is watched. */
const LONGEST_MS = 300_000;

const browser = await launch();
try {
  const runs = [];
  for (const requests of SIZES) {
    const samples = [];
    for (let sample = 0; sample < SAMPLES; sample += 1) samples.push(await simulate(requests));
    const middle = (of) => median(samples.map(of));
    runs.push({ requests, seconds: middle((it) => it.seconds), cpu: middle((it) => it.cpu) });
  }
  const { page, you } = await watched();
  await click(page, "Run");
  const pauses = [];
  while (pauses.length < PAUSES) {
    pauses.push(await pause(page));
    await click(page, "Go on");
    await page.waitForTimeout(150);
  }
  await click(page, "Stop");
  await until(page, "");
  await watchFrames(page);
  const work = await longestWork(page, async () => {
    await click(page, "Run");
    await until(page, "The run goes on.");
    await until(page, "The run is over");
  });
  const gaps = await longestGaps(page);
  await you.workbench.getByRole("img", { name: /^Latency: mean / }).waitFor();
  console.log(JSON.stringify({ runs, gaps, work, pauses }));
} finally {
  await browser.close();
}

/** The page's worker, a new one, runs so many requests in one go: seconds, and those of processors. */
async function simulate(requests) {
  const context = await browser.newContext();
  const page = await context.newPage();
  page.setDefaultTimeout(LONGEST_MS);
  // A page that takes no time of its own.
  await page.goto(new URL("worker_loader.js", url).href);
  const world = await worldFiles("bookshop");
  world.world += `\n${CHAIN.replaceAll("1000000", requests)}`;
  const before = await cpuSeconds();
  const answers = await ask(page, [{ open: { source: { lab: null, world } } }, { apply: { command: { run: {} } } }]);
  const cpu = (await cpuSeconds()) - before;
  await context.close();
  const { reply, ms } = answers.at(-1);
  const [event] = reply.applied.events;
  const { done } = event.run.run.clients[0];
  if (done !== requests) throw new Error(`${done} of ${requests} requests were answered`);
  return { seconds: ms / 1000, cpu };
}

/** Seconds of processors that the browser has taken so far. */
async function cpuSeconds() {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  return processInfo.reduce((sum, { cpuTime }) => sum + cpuTime, 0);
}

/** The longest time that a page's thread works without a rest meanwhile, in ms of a processor. */
async function longestWork(page, meanwhile) {
  const session = await page.context().newCDPSession(page);
  const events = [];
  session.on("Tracing.dataCollected", ({ value }) => events.push(...value));
  await session.send("Tracing.start", { categories: "toplevel,__metadata" });
  await meanwhile();
  const isOver = new Promise((done) => session.once("Tracing.tracingComplete", done));
  await session.send("Tracing.end");
  await isOver;
  const isPages = ({ name, args }) => name === "thread_name" && args.name === "CrRendererMain";
  const threads = new Set(events.filter(isPages).map(({ pid, tid }) => `${pid} ${tid}`));
  const tasks = events.filter(({ ph, pid, tid }) => ph === "X" && threads.has(`${pid} ${tid}`));
  return Math.max(...tasks.map(({ tdur }) => (tdur ?? 0) / 1000));
}

/** A page that counts what its worker is asked, with a million requests to be run. */
async function watched() {
  const page = await (await browser.newContext()).newPage();
  await page.addInitScript(() => {
    // A new worker says that it is ready without being asked.
    window.asked_ = 1;
    window.Worker = class extends Worker {
      constructor(...args) {
        super(...args);
        this.addEventListener("message", () => (window.asked_ -= 1));
      }

      postMessage(...args) {
        window.asked_ += 1;
        super.postMessage(...args);
      }
    };
  });
  await page.goto(`${url}#/sandbox/bookshop`);
  const you = new Learner(page, "sandbox/bookshop");
  await you.ready();
  await you.change(CHAIN);
  await you.turnTo("run");
  return { page, you };
}

/** Presses a button, from inside: no hand is that fast. */
function click(page, name) {
  return page.evaluate((name) => {
    [...document.querySelectorAll("button")].find((button) => button.textContent.trim() === name).click();
  }, name);
}

/** Milliseconds from Pause until the page says so and its worker rests. */
function pause(page) {
  return page.evaluate(async () => {
    const button = (name) => [...document.querySelectorAll("button")].find((it) => it.textContent.trim() === name);
    const frame = () => new Promise(requestAnimationFrame);
    // The worst moment: the worker has just been asked to go on.
    while (window.asked_ > 0) await frame();
    while (window.asked_ === 0) await frame();
    const start = performance.now();
    button("Pause").click();
    while (!button("Go on") || window.asked_ > 0) await frame();
    return performance.now() - start;
  });
}

/** Waits until the traffic's status begins so, and looks seldom, so as not to be in the way. */
function until(page, says) {
  const found = (says) => {
    const status = document.querySelector(".traffic-bar [role=status]");
    return says ? status.textContent.startsWith(says) : status.textContent === "";
  };
  return page.waitForFunction(found, says, { polling: 250, timeout: LONGEST_MS });
}

function median(numbers) {
  return numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

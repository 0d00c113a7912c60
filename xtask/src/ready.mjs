// Measures how long the page takes, unthrottled and with a CPU four times slower: first paint,
// and the page's own marks. Prints one line of JSON.
import { chromium } from "playwright-core";

const RUNS = 5;
const MARKS = ["backlab-painted", "backlab-ready"];
const url = process.env.BACKLAB_URL;

async function measure(slowdown) {
  // A new browser has a new profile: nothing is cached, not even compiled wasm.
  const browser = await chromium.launch({
    executablePath: process.env.CHROME,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
  });
  try {
    const page = await browser.newPage();
    const session = await page.context().newCDPSession(page);
    await session.send("Emulation.setCPUThrottlingRate", { rate: slowdown });
    await page.goto(url);
    await page.waitForFunction(
      (names) => names.every((name) => performance.getEntriesByName(name).length > 0),
      MARKS,
      { timeout: 60_000 },
    );
    return await page.evaluate(() => {
      const at = (name) => performance.getEntriesByName(name)[0]?.startTime;
      return {
        firstPaint: at("first-paint"),
        painted: at("backlab-painted"),
        ready: at("backlab-ready"),
      };
    });
  } finally {
    await browser.close();
  }
}

function median(numbers) {
  const sorted = numbers.filter(Number.isFinite).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

const rows = [];
for (const slowdown of [1, 4]) {
  const runs = [];
  for (let run = 0; run < RUNS; run += 1) runs.push(await measure(slowdown));
  const of = (name) => median(runs.map((run) => run[name]));
  rows.push({
    cpu: slowdown === 1 ? "this machine" : `${slowdown}x slower`,
    firstPaint: of("firstPaint"),
    painted: of("painted"),
    ready: of("ready"),
  });
}
console.log(JSON.stringify(rows));

// Opens the page that measures, once for each engine, and prints its rows as one line of JSON.
import { chromium } from "playwright-core";

const browser = await chromium.launch({
  executablePath: process.env.CHROME,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
});
try {
  const measured = {};
  let engines = [null];
  for (let at = 0; at < engines.length; at += 1) {
    // A profile each, so that no service worker of one stands before another.
    const context = await browser.newContext();
    const page = await context.newPage();
    page.setDefaultTimeout(300_000);
    page.on("console", (message) => console.log(message.text()));
    page.on("pageerror", (error) => console.log(`thrown: ${error}`));
    await page.goto(process.env.BENCH_URL);
    await page.waitForFunction(() => globalThis.isReady);
    if (at === 0) engines = await page.evaluate(() => globalThis.ENGINES);
    measured[engines[at]] = await page.evaluate((engine) => globalThis.measure(engine), engines[at]);
    await context.close();
  }
  const wanted = measured.backlab;
  const rows = wanted.map(({ read, seen }, at) => ({
    read,
    times: Object.fromEntries(
      Object.entries(measured).map(([engine, own]) => {
        const same = JSON.stringify(own[at].seen) === JSON.stringify(seen);
        return [engine, { ms: own[at].ms, note: same ? "" : `other answers: ${own[at].seen[0]} not ${seen[0]}` }];
      }),
    ),
  }));
  console.log(JSON.stringify(rows));
} finally {
  await browser.close();
}

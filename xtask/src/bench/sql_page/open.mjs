// Opens the page that measures and prints its rows as one line of JSON.
import { chromium } from "playwright-core";

const SIZES = [2_000, 20_000];

const browser = await chromium.launch({
  executablePath: process.env.CHROME,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
});
try {
  const rows = [];
  for (const size of SIZES) {
    // A new page each: every engine begins empty.
    const page = await browser.newPage();
    page.setDefaultTimeout(900_000);
    page.on("console", (message) => console.log(message.text()));
    page.on("pageerror", (error) => console.log(`thrown: ${error}`));
    await page.goto(process.env.BENCH_URL);
    await page.waitForFunction(() => globalThis.isReady);
    rows.push(...(await page.evaluate((n) => globalThis.measure(n), size)));
    await page.close();
  }
  console.log(JSON.stringify(rows));
} finally {
  await browser.close();
}

// Opens the page that measures and prints its rows as one line of JSON.
import { chromium } from "playwright-core";

const browser = await chromium.launch({
  executablePath: process.env.CHROME,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
});
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(300_000);
  page.on("console", (message) => console.log(message.text()));
  page.on("pageerror", (error) => console.log(`thrown: ${error}`));
  await page.goto(process.env.BENCH_URL);
  await page.waitForFunction(() => globalThis.isReady);
  console.log(JSON.stringify(await page.evaluate(() => globalThis.measure())));
} finally {
  await browser.close();
}

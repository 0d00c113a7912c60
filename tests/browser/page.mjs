// What every journey starts with: a page in a new profile, and the errors it ran into.
import { chromium } from "playwright-core";

/** Where the built page is served; `cargo xtask test browser` sets it. */
export const url = process.env.BACKLAB_URL ?? "http://127.0.0.1:8080/";

/**
 * Runs `journey(page, errors)` in a browser of its own. `errors` collects what the page logs as
 * an error, throws, or fails to load, as it happens.
 */
export async function withPage(journey, options = {}) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROME ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
  });
  try {
    const page = await browser.newPage(options);
    const errors = [];
    page.on("console", (message) => {
      if (message.type() === "error") errors.push(message.text());
    });
    page.on("pageerror", (error) => errors.push(String(error)));
    page.on("response", (response) => {
      if (response.status() >= 400) errors.push(`${response.status()} ${response.url()}`);
    });
    await journey(page, errors);
  } finally {
    await browser.close();
  }
}

// The browser that journeys are made in.
import { chromium } from "playwright-core";

/** Starts a browser; a new one has a new profile. */
export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROME ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
  });
}
